"""Taking back: one contributor's words go from every loop, and each history still verifies."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.clocks.domain import start_look
from services.loop.copies.domain import keep_before_acting
from services.loop.copies.queries import name_of_body
from services.loop.core.access import lock_loop
from services.loop.core.attempts import attempt_by_rule
from services.loop.core.queries import kin_of
from services.loop.core.steps import Effect, judge, take
from services.loop.history import queries
from services.loop.history.domain import erase_words
from services.loop.loops.domain import sole_feedback, words_of
from services.loop.loops.steps import ERASURE, HIDING
from services.loop.models import Loop, LoopFeedback, LoopLeft
from shared.clock import now
from shared.events import Envelope
from shared.events.feedback import EndedBy, FeedbackState
from shared.idempotency import erase_answers

TAKEN_BACK: Mapping[EndedBy | None, str] = {
    "person": "(taken back with the reply code)",
    "sender": "(taken back by the organisation that sent it)",
    "body": "(erased by {name}, which it was about)",
    "operator": "(erased by the operator of Doorway)",
    "rule": "(erased by rule, at the end of the time for which it was kept)",
    None: "(taken back or erased)",
}
# As the history says it: who sent feedback has seen its reply code, so nothing proves that it was the person.
TAKERS: Mapping[EndedBy | None, str] = {"person": "reply_code"}


async def erase_contribution(session: AsyncSession, event: FeedbackState, envelope: Envelope) -> None:
    """Erase one contributor's words from every loop and verdict; hide what others wrote of them."""
    await keep_before_acting(session, event, envelope)
    await queries.blank_comments(session, event.reply_ref)
    theirs = await queries.loops_with_words_of(session, event.feedback_id)
    others = await queries.loops_to_be_told_of(session, event.feedback_id)
    loops = sorted({*theirs, *others})
    # In the order of locking.
    for loop_id in loops:
        loop = await lock_loop(session, loop_id)
        were_theirs = await blank_words(session, loop, event)
        await hide_words(session, loop, event, were_theirs=were_theirs)
    # Only now: who changed one of them has kept the answer before we had the lock.
    await erase_answers(session, loops)


async def blank_words(session: AsyncSession, loop: Loop, event: FeedbackState) -> bool:
    """Erase one contributor's words from a locked loop, and record that; whether there were any."""
    judged = judge(ERASURE, attempt_by_rule(loop))
    # Once it was blanked, nobody's words are left in it.
    alone = sole_feedback(loop) == event.feedback_id and not loop.links[0].taken_back_at
    positions = await erase_words(session, loop, event.feedback_id, alone=alone)
    if not positions:
        return False
    by, by_id = ended_by(event)
    name = await name_of_body(session, by_id) if by_id else None
    loop.title = loop.you_said = TAKEN_BACK[by].format(name=name or "the body")
    facts = {"positions": positions, "taken_by": TAKERS.get(by, by), "organisation": by_id}
    take(session, judged, Effect(facts=facts, texts=await words_of(loop)))
    return True


async def hide_words(session: AsyncSession, loop: Loop, event: FeedbackState, *, were_theirs: bool) -> None:
    """Hide all that people wrote in a locked loop, once for each contributor: it may tell of this person.

    A title and a summary that `were_theirs` alone have been erased. What left the draft, because the body
    that it is about did not agree, has no link any more, but others may have written of it.
    """
    piece = await piece_of(session, loop, event.feedback_id)
    if piece is None or piece.taken_back_at:
        return
    piece.taken_back_at = now()
    has_others = await queries.has_other_texts(session, loop.id)
    if has_others:
        loop.texts_hidden_at = loop.texts_hidden_at or piece.taken_back_at
    if not were_theirs:
        loop.moderated_at = None
    if has_others or not were_theirs:
        by, by_id = ended_by(event)
        # Who sent it has seen its reply code, so it may be the body that took it back.
        sender = await kin_of(session, {event.sender_id})
        start_look(loop, piece.taken_back_at, by_body=not loop.bodies.isdisjoint(sender))
        effect = Effect(facts={"taken_by": TAKERS.get(by, by), "organisation": by_id})
        take(session, judge(HIDING, attempt_by_rule(loop)), effect)


async def piece_of(session: AsyncSession, loop: Loop, feedback_id: UUID) -> LoopFeedback | LoopLeft | None:
    """How a loop knows a piece of feedback: as one that it answers, or as one that left its draft."""
    link = next((link for link in loop.links if link.feedback_id == feedback_id), None)
    return link or await session.get(LoopLeft, (loop.id, feedback_id))


def ended_by(event: FeedbackState) -> tuple[EndedBy | None, UUID | None]:
    """Who took feedback away, and their organisation; a withdrawal comes before an erasure."""
    if event.withdrawn_by:
        return event.withdrawn_by, event.withdrawn_by_id
    return event.erased_by, event.erased_by_id
