"""Steps of the body that must answer: opening, acknowledging, considering, stating."""

from uuid import UUID

from services.loop.clocks.domain import end_look
from services.loop.core.access import begin, is_inside
from services.loop.core.attempts import attempt_of
from services.loop.core.steps import Effect, Step, judge, take
from services.loop.history import queries
from services.loop.history.chain import By
from services.loop.history.domain import Texts, texts_in
from services.loop.loops.agreements import AGREEMENT, Agreement, keep_agreement
from services.loop.loops.covering import cut_rows, find_cuts, refuse_deep_cuts
from services.loop.loops.domain import sole_feedback
from services.loop.loops.schemas import Acknowledgement, Resumption, Statement, Wording
from services.loop.loops.steps import (
    ACKNOWLEDGEMENT,
    CONSIDERATION,
    MODERATION,
    MODERATION_BY_OTHERS,
    OPENING,
    RESUMPTION,
    RESUMPTION_BY_OTHERS,
    STATEMENT,
)
from services.loop.loops.wording import cover_wording, put_words
from services.loop.models import Loop
from services.loop.tellings.domain import preview_of_loop, request_tellings
from shared.change_request import AttributedEditRequest
from shared.clock import now
from shared.disclosure import public_count


async def agree_to_loop(change: AttributedEditRequest, loop_id: UUID, new: Agreement) -> Loop:
    """Say for a body whether another answers what was said about it."""
    loop = await begin(AGREEMENT, change, loop_id)
    judged = judge(AGREEMENT, attempt_of(change, loop, new))
    if organisation := change.caller.organisation_id:  # only a body is asked
        await keep_agreement(change.session, judged, organisation, agreed=new.agreed)
    return loop


async def open_loop(change: AttributedEditRequest, loop_id: UUID, new: Wording) -> Loop:
    """Make a draft public after a person has read it, or record that a person has read an open loop."""
    loop = await begin(OPENING, change, loop_id)
    await take_opening(change, loop, new)
    return loop


async def moderate_for_body(change: AttributedEditRequest, loop_id: UUID, new: Wording) -> Loop:
    """Moderate the words of a loop in the place of its body, which has not."""
    loop = await begin(MODERATION_BY_OTHERS, change, loop_id)
    await take_opening(change, loop, new, MODERATION_BY_OTHERS)
    return loop


async def take_opening(
    change: AttributedEditRequest, loop: Loop, new: Wording, step: Step[Wording] | None = None
) -> None:
    """Open or moderate a locked loop, with the words that the moderator leaves."""
    step = step or (OPENING if loop.state == "draft" else MODERATION)
    words = await cover_wording(loop, new)
    judged = judge(step, attempt_of(change, loop, new, words=words))
    facts: dict[str, object] = {}
    if new.moderated:
        facts = await put_and_cut(change, loop, new, words, by_others=step is MODERATION_BY_OTHERS)
        end_look(loop, now())
    effect = Effect(facts=facts | facts_of(loop), texts=words, contributor=sole_feedback(loop))
    take(change.session, judged, effect)


async def put_and_cut(
    change: AttributedEditRequest, loop: Loop, new: Wording, words: Texts, *, by_others: bool
) -> dict[str, object]:
    """Put a moderator's words into a locked loop, and cut what they cover; the facts say which texts."""
    session, inside = change.session, is_inside(change.caller, loop)
    first = await queries.first_texts(session, loop.id) if new.has_words else {}
    cuts = await find_cuts(session, loop, new.cover, inside=inside)
    refuse_deep_cuts(cuts, change.caller.organisation_id)
    put_words(loop, new, words, first, by_others=by_others)
    return cut_rows(session, loop, By.of(change.caller, change.actor), cuts)


def facts_of(loop: Loop) -> dict[str, object]:
    """What the history says of a loop's words, where they are not those of who raised it."""
    return {} if loop.wording == "as_raised" else {"wording": loop.wording}


async def resume_loop(change: AttributedEditRequest, loop_id: UUID, new: Resumption) -> Loop:
    """Set aside the complaints in a halted loop, and let it go on with the words that somebody has read."""
    loop = await begin(RESUMPTION, change, loop_id)
    await take_resumption(change, loop, new, RESUMPTION)
    return loop


async def resume_for_body(change: AttributedEditRequest, loop_id: UUID, new: Resumption) -> Loop:
    """Resume a halted loop in the place of its body, which has not looked at it in time."""
    loop = await begin(RESUMPTION_BY_OTHERS, change, loop_id)
    await take_resumption(change, loop, new, RESUMPTION_BY_OTHERS)
    return loop


async def take_resumption(
    change: AttributedEditRequest, loop: Loop, new: Resumption, step: Step[Resumption]
) -> None:
    """Resume a locked loop without its complaints, with the words that whoever looked leaves."""
    words = await cover_wording(loop, new)
    judged = judge(step, attempt_of(change, loop, new, words=words))
    facts = await put_and_cut(change, loop, new, words, by_others=step is RESUMPTION_BY_OTHERS)
    aside = loop.complaints
    for link in aside:
        link.set_aside_at = now()
    end_look(loop, now())
    loop.halted_at, loop.halted_by, loop.resumed_because = None, None, new.reason
    words |= await texts_in(loop, "resumed_because")
    facts |= {"set_aside": public_count(len(aside))} | facts_of(loop)
    effect = Effect(facts=facts, texts=words, contributor=sole_feedback(loop))
    take(change.session, judged, effect)


async def acknowledge_loop(change: AttributedEditRequest, loop_id: UUID, new: Acknowledgement) -> Loop:
    """Acknowledge what people said, and request a telling for everybody who can be told."""
    loop = await begin(ACKNOWLEDGEMENT, change, loop_id)
    if loop.state == "draft" or (new.moderated and (loop.waits_for or new.cover)):
        await take_opening(change, loop, new)
    preview = await preview_of_loop(change.session, loop, "acknowledged")
    attempt = attempt_of(change, loop, new, preview_id=preview.preview_id)
    take(change.session, judge(ACKNOWLEDGEMENT, attempt))
    request_tellings(change.session, loop, "acknowledged")
    return loop


async def consider_loop(change: AttributedEditRequest, loop_id: UUID) -> Loop:
    """Begin to consider what to do."""
    loop = await begin(CONSIDERATION, change, loop_id)
    take(change.session, judge(CONSIDERATION, attempt_of(change, loop, None)))
    return loop


async def attach_statement(change: AttributedEditRequest, loop_id: UUID, new: Statement) -> Loop:
    """Attach the body's one statement."""
    loop = await begin(STATEMENT, change, loop_id)
    judged = judge(STATEMENT, attempt_of(change, loop, new))
    loop.statement = new.statement
    take(change.session, judged, Effect(texts=await texts_in(loop, "statement")))
    return loop
