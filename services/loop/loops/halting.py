"""What feedback that changes does to the loops that answer it: a complaint halts them."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.clocks.domain import start_look
from services.loop.copies.domain import keep_before_acting
from services.loop.core.access import lock_loop
from services.loop.core.attempts import attempt_by_rule
from services.loop.core.queries import kin_of
from services.loop.core.steps import Effect, judge, take
from services.loop.loops.erasing import erase_contribution, piece_of
from services.loop.loops.steps import HALT, HIDING
from services.loop.models import GONE, Loop, LoopFeedback, LoopLeft
from shared.clock import now
from shared.events import Envelope
from shared.events.feedback import FeedbackState


async def halt_if_complaint(session: AsyncSession, event: FeedbackState, envelope: Envelope) -> None:
    """Halt every loop that answers feedback which is a complaint now, and hide its words."""
    if event.kind != "complaint":
        return
    await keep_before_acting(session, event, envelope)
    for loop_id in await loops_to_be_told(session, event.feedback_id):
        loop = await lock_loop(session, loop_id)
        piece = await piece_of(session, loop, event.feedback_id)
        sender = await kin_of(session, {event.sender_id})
        if isinstance(piece, LoopLeft):
            hide_words_of_complaint(session, loop, piece, sender)
        elif loop.halted_at is None:
            halt_loop(session, loop, sender)


def hide_words_of_complaint(
    session: AsyncSession, loop: Loop, left: LoopLeft, sender: Collection[UUID]
) -> None:
    """Hide the words of a locked loop until a look, because what left its draft is a complaint now.

    It does not halt the loop, which does not answer it.
    """
    left.complaint_at, loop.moderated_at = now(), None
    start_look(loop, left.complaint_at, by_body=not loop.bodies.isdisjoint(sender))
    take(session, judge(HIDING, attempt_by_rule(loop)))


def halt_loop(session: AsyncSession, loop: Loop, sender: Collection[UUID]) -> None:
    """Halt a locked loop because of what somebody sent, and give its body the time to look.

    `sender` is empty where nobody knows who it was; else it is the sender with what it came from and became.
    """
    judged = judge(HALT, attempt_by_rule(loop))
    loop.halted_by = None
    is_own = not loop.bodies.isdisjoint(sender)
    if sender:
        loop.halted_by = "the_body_itself" if is_own else "another_organisation"
    loop.moderated_at, loop.left_to_others_at = None, None
    start_look(loop, now(), by_body=is_own)
    loop.halts += 1
    halted_by = {"halted_by": loop.halted_by}
    take(session, judged, Effect(fields=halted_by, facts=halted_by))


async def catch_up(session: AsyncSession, event: FeedbackState, envelope: Envelope) -> None:
    """Do what feedback that is restated asks for: the event that asked first may be lost."""
    if event.state in GONE:
        await erase_contribution(session, event, envelope)
    else:
        await halt_if_complaint(session, event, envelope)


async def loops_to_be_told(session: AsyncSession, feedback_id: UUID) -> Sequence[UUID]:
    """The loops in which a piece of feedback is not set aside as a complaint, in the order of locking."""
    linked = select(LoopFeedback.loop_id).where(LoopFeedback.feedback_id == feedback_id)
    left = select(LoopLeft.loop_id).where(LoopLeft.feedback_id == feedback_id)
    told = linked.where(LoopFeedback.set_aside_at.is_(None)), left.where(LoopLeft.complaint_at.is_(None))
    return sorted(await session.scalars(union_all(*told)))
