"""Giving feedback with locks: once, and again with other content under the same external id."""

from collections.abc import Collection
from dataclasses import replace
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.bodies.queries import kin_of
from services.feedback.bodies.schemas import FeedbackBodies
from services.feedback.contributors.reach import assessed_reach, mark_reach_stale, reach_event
from services.feedback.errors import ReplyCodeUsed
from services.feedback.items import queries
from services.feedback.items.events import GONE, feedback_event, record_handling, record_revised
from services.feedback.items.intake import IntakeTools, Origin
from services.feedback.items.rows import (
    content_of_feedback,
    digest_of_feedback,
    leaves_address,
    prepare_feedback,
    private_rows,
)
from services.feedback.items.schemas import NewFeedback, Outcome
from services.feedback.items.statement import store_rows_in_session
from services.feedback.items.views import is_insider
from services.feedback.items.words import mask_feedback, masks_of_words
from services.feedback.models import Demographics, Feedback, Identification, Revision
from shared.auth import Actor, Caller
from shared.clock import now
from shared.codes import read_code
from shared.columns import revised_columns
from shared.db import wake_after_commit
from shared.errors import NotFound, invalid
from shared.events.feedback import FeedbackRestated, FeedbackRevised, FeedbackUrgent
from shared.ids import new_id
from shared.outbox import Outbox, outbox_values, record

RESTATED_TOGETHER = 500
MODERATION = (
    "read_at",
    "moderated_at",
    "moderated_by",
    "moderated_by_id",
    "published_by_rule",
    "withheld_reason",
    "published_text",
    # Other words were not forwarded; the audit keeps where the earlier ones went.
    "forwarding",
)


class GivenFeedback(NamedTuple):
    """What stands after something was given, and what it was to it."""

    feedback: Feedback
    outcome: Outcome


async def give_with_locks(
    session: AsyncSession, new: NewFeedback, *, origin: Origin, tools: IntakeTools
) -> GivenFeedback:
    """Store feedback; under an external id that came before it changes nothing, or makes a revision.

    The reply code is `tools.codes.code_of(feedback.reply_code_id)`.
    """
    if new.external_id is not None:
        external_ref = tools.codes.external_ref_of(new.external_id)
        if earlier := await queries.lock_by_external_ref(session, origin.id, external_ref):
            return await revise_feedback(session, earlier, new, origin=origin, tools=tools)
    bodies = await tools.bodies.find(session, new.body_refs)
    code_id = await claim_issued_code(session, new.reply_code, origin, tools) if new.reply_code else None
    prepared = await prepare_feedback(new, origin, tools, bodies, code_id)
    await store_rows_in_session(session, prepared.parts)
    wake_after_commit(session)
    return GivenFeedback(await session.get_one(Feedback, prepared.receipt.id), "new")


async def claim_issued_code(
    session: AsyncSession, reply_code: str, origin: Origin, tools: IntakeTools
) -> UUID:
    """The id of a reply code that was issued before and is not used yet, locked; TooMany who tries many.

    Who issued it knows it, and would vote for the people of another sender.
    """
    code = await queries.lock_issued_code(session, tools.codes.ref_of(read_code(reply_code)))
    if code and code.organisation_id != origin.organisation_id:
        kin = await kin_of(session, origin.organisation_id)
        code = code if code.organisation_id in kin else None
    is_free = code is not None and not await queries.find_by_code(session, code.id)
    tools.wrong_codes.check(origin.id)
    if not is_free:
        tools.wrong_codes.count(origin.id)
    if code is None:
        detail = "This reply code was not issued to you. Leave it out, and the answer has a new one."
        raise invalid("/reply_code", detail)
    if not is_free:
        raise ReplyCodeUsed
    return code.id


async def revise_feedback(
    session: AsyncSession, feedback: Feedback, new: NewFeedback, *, origin: Origin, tools: IntakeTools
) -> GivenFeedback:
    """Replace the content and keep the earlier content as a revision; it must be moderated again.

    The same content changes nothing, earlier words replace none, and feedback that is gone stays as it is.
    """
    if feedback.state in GONE:
        return GivenFeedback(feedback, "repeat")
    digest, words_at = digest_of_feedback(new, tools), feedback.words_at or feedback.received_at
    if feedback.digest == digest:
        feedback.words_at = max(words_at, origin.words_at)
        return GivenFeedback(feedback, "repeat")
    bodies, sender = await bodies_of_revision(session, feedback, new, tools)
    if origin.words_at < words_at:
        outcome = await keep_earlier_words(session, feedback, new, bodies, origin, tools)
        return GivenFeedback(feedback, outcome)
    session.add(record_revision(feedback))
    previous, was_urgent, before = feedback.state, feedback.urgent, feedback.bodies
    changes = content_of_feedback(new, bodies) | {
        "kind": "complaint" if stays_complaint(feedback, bodies, sender) else new.kind,
        "footprint_id": bodies.footprint_id,
        "placed_by": bodies.placed_by,
        "organisation_ids": bodies.organisation_ids,
        "demonstration": bodies.demonstration,
        "urgent": was_urgent or new.urgent,
        "digest": digest,
        "has_address": feedback.has_address or leaves_address(new),
        "revision": feedback.revision + 1,
        "state": "received",
        "words_at": origin.words_at,
    }
    for name, value in (changes | dict.fromkeys(MODERATION)).items():
        setattr(feedback, name, value)
    await mask_feedback(feedback)
    await replace_private_rows(session, feedback.id, new, origin, tools)
    record_revised(session, feedback, previous, before)
    if feedback.urgent and not was_urgent:
        record(session, feedback, feedback_event(FeedbackUrgent, feedback))
    return GivenFeedback(feedback, "revision")


async def bodies_of_revision(
    session: AsyncSession, feedback: Feedback, new: NewFeedback, tools: IntakeTools
) -> tuple[FeedbackBodies, frozenset[UUID]]:
    """The bodies that revised words are about, and who sent them, with what that came from and became."""
    sender = await kin_of(session, feedback.sender_id)
    return with_sender(feedback, await tools.bodies.find(session, new.body_refs), sender), sender


async def is_from_body(session: AsyncSession, feedback: Feedback) -> bool:
    """Whether a body that it is about sent it, under whatever name it had."""
    return not (await kin_of(session, feedback.sender_id)).isdisjoint(feedback.bodies)


def with_sender(feedback: Feedback, bodies: FeedbackBodies, sender: Collection[UUID]) -> FeedbackBodies:
    """The bodies that revised words are about: a body that sent in what was said about it stays among them.

    As their sender alone it could take them back, or erase them, unnamed. `sender` is who sent them, with
    what it came from and what it became.
    """
    own = [body for body in feedback.bodies if body in sender]
    if not own or not {*bodies.organisation_ids, bodies.footprint_id}.isdisjoint(sender):
        return bodies
    organisation_ids = [*bodies.organisation_ids, *own]
    demonstration = bodies.demonstration and feedback.demonstration
    return replace(bodies, organisation_ids=organisation_ids, demonstration=demonstration)


def stays_complaint(feedback: Feedback, bodies: FeedbackBodies, sender: Collection[UUID]) -> bool:
    """Whether other words keep the kind of a complaint: a body that it is about could then publish them."""
    about = {*feedback.bodies, *bodies.organisation_ids, bodies.footprint_id}
    return feedback.kind == "complaint" and not about.isdisjoint(sender)


def record_revision(feedback: Feedback) -> Revision:
    """The record of the content as it is now."""
    content = {name: getattr(feedback, name) for name in revised_columns(Feedback)}
    shown = feedback.shown and {name: words for name, words in feedback.shown.items() if name in content}
    return Revision(
        feedback_id=feedback.id,
        number=feedback.revision,
        content=content,
        shown=shown,
        masked_with=feedback.masked_with,
        words_at=feedback.words_at or feedback.received_at,
        replaced_at=now(),
    )


async def keep_earlier_words(
    session: AsyncSession,
    feedback: Feedback,
    new: NewFeedback,
    bodies: FeedbackBodies,
    origin: Origin,
    tools: IntakeTools,
) -> Outcome:
    """Keep words from before those that stand as a revision; what stands, and its moderation, stay.

    Danger that they tell of, an address that they leave, and a complaint about their sender count as if they
    had come in their time.
    """
    content: dict[str, Any] = content_of_feedback(new, bodies)
    if await queries.has_revision(session, feedback.id, content):
        return "repeat"
    masks = await masks_of_words(content)
    revision = Revision(
        feedback_id=feedback.id,
        number=feedback.revision,
        content=content,
        shown=masks["shown"],
        masked_with=masks["masked_with"],
        words_at=origin.words_at,
    )
    session.add(revision)
    is_news = new.urgent and not feedback.urgent
    feedback.urgent = feedback.urgent or new.urgent
    feedback.has_address = feedback.has_address or leaves_address(new)
    feedback.revision += 1
    has_demographics = await queries.has_demographics(session, tools.codes.pseudonym_of(feedback.id))
    private = new.model_copy(update={"demographics": None}) if has_demographics else new
    await replace_private_rows(session, feedback.id, private, origin, tools)
    if new.kind == "complaint" and feedback.kind != "complaint" and await is_from_body(session, feedback):
        make_complaint(session, feedback)
    else:
        record(session, feedback, feedback_event(FeedbackRestated, feedback))
    if is_news:
        record(session, feedback, feedback_event(FeedbackUrgent, feedback))
    return "earlier"


def make_complaint(session: AsyncSession, feedback: Feedback) -> None:
    """Let the words that stand be a complaint, because earlier words were: they must be moderated again."""
    previous = feedback.state
    feedback.kind, feedback.state = "complaint", "received"
    for name in MODERATION:
        setattr(feedback, name, None)
    record(session, feedback, feedback_event(FeedbackRevised, feedback, previous))


async def replace_private_rows(
    session: AsyncSession, feedback_id: UUID, new: NewFeedback, origin: Origin, tools: IntakeTools
) -> None:
    """Store the contributor of the new content; new demographics replace the earlier ones."""
    if new.demographics:
        pseudonym = tools.codes.pseudonym_of(feedback_id)
        await session.execute(delete(Demographics).where(Demographics.pseudonym == pseudonym))
    if new.contributor:
        await mark_reach_stale(session, feedback_id)
    if parts := private_rows(new, feedback_id, origin, tools):
        await store_rows_in_session(session, parts)


async def find_visible_feedback(session: AsyncSession, feedback_id: UUID, caller: Caller) -> Feedback:
    """A piece of feedback that the caller may see; NotFound for any other."""
    feedback = await queries.find_visible(session, feedback_id, caller)
    if feedback is None:
        raise NotFound
    return feedback


async def find_feedback_for_insider(session: AsyncSession, feedback_id: UUID, caller: Caller) -> Feedback:
    """Feedback that the caller sent or may read closely; NotFound for any other, and once it is gone."""
    feedback = await find_visible_feedback(session, feedback_id, caller)
    if not is_insider(feedback, caller) or feedback.state in GONE:
        raise NotFound
    return feedback


async def identify_feedback(
    session: AsyncSession, feedback_id: UUID, caller: Caller, actor: Actor
) -> Feedback:
    """Feedback to be read without masks; the reader is recorded for audit."""
    feedback = await find_feedback_for_insider(session, feedback_id, caller)
    audit = Identification(
        id=new_id(),
        feedback_id=feedback.id,
        client_id=caller.client_id,
        organisation_id=caller.organisation_id,
        actor=actor.pseudonym,
        identified_at=now(),
    )
    session.add(audit)
    record_handling(session, feedback, "original_read", caller, actor)
    return feedback


async def restate_feedback_after(session: AsyncSession, last: UUID | None) -> list[UUID]:
    """Save the present state of the next pieces, and whom mail reaches, for publishing; return their ids."""
    found = await queries.feedback_after(session, last, RESTATED_TOGETHER)
    rows = (outbox_values(feedback_event(FeedbackRestated, each), each.version) for each in found)
    session.add_all(Outbox(**row) for row in rows)
    ids = [each.id for each in found]
    known = await assessed_reach(session, ids)
    session.add_all(Outbox(**outbox_values(reach_event(each), each.version)) for each in known)
    return ids
