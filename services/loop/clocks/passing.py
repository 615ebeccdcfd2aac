"""What the passing of time brings: limits that are near or missed, reminders, and drafts that open."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.clocks import queries
from services.loop.clocks.domain import DRAFT_WORKING_DAYS, draft_opens_after
from services.loop.clocks.reading import settle_reading
from services.loop.history.chain import BY_RULE
from services.loop.loops.attempts import Attempt
from services.loop.loops.facts import fact
from services.loop.loops.queries import feedback_of
from services.loop.loops.table import refuse, take
from services.loop.models import Loop, LoopFeedback
from services.loop.records import Clock
from services.loop.tellings.domain import request_tellings
from shared.clock import now, today
from shared.errors import Problem
from shared.events.loop import LoopClockBreached, LoopClockDueSoon
from shared.outbox import record


async def tell_of_clocks(session: AsyncSession) -> int:
    """Tell of one loop's clocks that are near their end or past it, once each; return 0 when there is none.

    It takes one loop at a time, so that its caller's transaction stays short.
    """
    at = now()
    loop = await queries.loop_with_news(session, at)
    if loop is None:
        return 0
    # What was read while the loop was being drafted may not have reached its clock.
    await settle_reading(session, LoopFeedback.loop_id == loop.id)
    clocks = await queries.clocks_with_news(session, loop.id, at)
    for clock in clocks:
        await tell_of(session, loop, clock)
    return max(len(clocks), 1)


async def tell_of(session: AsyncSession, loop: Loop, clock: Clock) -> None:
    """Tell of one clock of a locked loop, in the transaction that remembers it."""
    told = {"clock": clock.kind, "started_at": clock.started_at, "due_at": clock.due_at}
    if clock.due_at < now():
        clock.breached_at = now()
        record(session, loop, fact(loop, LoopClockBreached, told=told))
        return
    clock.due_soon_at = now()
    record(session, loop, fact(loop, LoopClockDueSoon, told=told))
    if clock.kind == "verdict":
        await request_tellings(session, loop, "verdict_reminder")


async def open_draft(session: AsyncSession, last: UUID | None) -> UUID | None:
    """Open the next draft that nobody has opened in time; return its id, None when there is no other.

    Its words stay hidden until a person has read them. A draft that cannot be opened stays a draft.
    """
    loop = await queries.draft_after(session, last, now() - timedelta(days=DRAFT_WORKING_DAYS))
    if loop is None:
        return None
    attempt = Attempt(loop=loop, by=BY_RULE, on=today(), feedback=await feedback_of(session, loop))
    if draft_opens_after(loop.drafted_at) < now() and is_allowed("opening_by_rule", attempt):
        await take(session, "opening_by_rule", attempt)
    return loop.id


def is_allowed(step: str, attempt: Attempt) -> bool:
    """Tell whether nothing stands against a step."""
    try:
        refuse(step, attempt)
    except Problem:
        return False
    return True
