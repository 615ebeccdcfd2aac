"""What the passing of time brings: limits that are near or missed, reminders, and drafts that open."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.clocks.domain import DRAFT_WORKING_DAYS, draft_opens_after
from services.loop.clocks.reading import settle_reading
from services.loop.core.attempts import attempt_by_rule
from services.loop.core.steps import judge, loop_event, take
from services.loop.loops.agreements import count_silence
from services.loop.loops.steps import OPENING_BY_RULE
from services.loop.models import Loop, LoopFeedback
from services.loop.records import Clock
from services.loop.tellings.domain import request_reminders
from services.loop.timers import queries
from shared.clock import now
from shared.errors import Problem
from shared.events.loop import LoopClockBreached, LoopClockDueSoon
from shared.outbox import record


async def announce_clocks(session: AsyncSession) -> int:
    """Publish once that clocks of one loop are near their end or past it; return 0 when there are none.

    It takes one loop at a time, so that its caller's transaction stays short.
    """
    at = now()
    loop = await queries.lock_loop_to_announce(session, at)
    if loop is None:
        return 0
    # What was read while the loop was being drafted may not have reached its clock.
    await settle_reading(session, LoopFeedback.loop_id == loop.id)
    clocks = await queries.clocks_to_announce(session, loop.id, at)
    for clock in clocks:
        await announce_clock(session, loop, clock)
    return max(len(clocks), 1)


async def announce_clock(session: AsyncSession, loop: Loop, clock: Clock) -> None:
    """Publish that one clock of a locked loop is near its end or past it, and remember that."""
    fields = {"clock": clock.kind, "started_at": clock.started_at, "due_at": clock.due_at}
    if clock.due_at < now():
        clock.breached_at = now()
        record(session, loop, loop_event(loop, LoopClockBreached, fields=fields))
        return
    clock.due_soon_at = now()
    record(session, loop, loop_event(loop, LoopClockDueSoon, fields=fields))
    if clock.kind == "verdict":
        await request_reminders(session, loop)


async def open_draft(session: AsyncSession, last: UUID | None) -> UUID | None:
    """Open the next draft that nobody has opened in time; return its id, or None when there is no other.

    Its words stay hidden until a person has read them. A body that was asked and has not answered says no by
    that. A draft that cannot be opened stays a draft.
    """
    loop = await queries.lock_draft_after(session, last, now() - timedelta(days=DRAFT_WORKING_DAYS))
    if loop is None:
        return None
    if draft_opens_after(loop.drafted_at) < now():
        if loop.halted_at is None:  # nobody can answer while it is
            await count_silence(session, loop)
        try:
            judged = judge(OPENING_BY_RULE, attempt_by_rule(loop))
        except Problem:
            return loop.id
        if loop.moderated_at is None:
            loop.left_to_others_at = now()
        take(session, judged)
    return loop.id
