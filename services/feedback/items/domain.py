"""Giving feedback: once, and again with other content under the same external id."""

from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.items import queries
from services.feedback.items.desk import Desk, Origin
from services.feedback.items.errors import ReplyCodeUsed
from services.feedback.items.events import GONE, happened
from services.feedback.items.intake import content_of, digest_of, leaves_address, prepare, private_parts
from services.feedback.items.schemas import NewFeedback
from services.feedback.items.showing import is_inside
from services.feedback.items.statement import store_with
from services.feedback.models import Demographics, Feedback, Identification, Revision
from services.feedback.places.domain import about
from shared.auth import Actor, Caller
from shared.clock import now
from shared.codes import read_code
from shared.columns import revised_columns
from shared.db import wake_after_commit
from shared.errors import NotFound, invalid
from shared.events.feedback import FeedbackRestated, FeedbackRevised, FeedbackUrgent
from shared.ids import new_id
from shared.outbox import Outbox, outbox_values, record

RESTATED_AT_ONCE = 500


async def give(session: AsyncSession, new: NewFeedback, *, origin: Origin, desk: Desk) -> Feedback:
    """Record what somebody says; the same external id changes nothing, or makes a revision.

    The reply code is `desk.codes.code_of(feedback.reply_code_id)`.
    """
    if earlier := await sent_before(session, new, origin, desk):
        return await revise(session, earlier, new, origin=origin, desk=desk)
    bodies = await about(session, new, desk)
    code_id = await unused_code(session, new.reply_code, desk) if new.reply_code else None
    intake = prepare(new, origin, desk, bodies, code_id)
    await store_with(session, intake.parts)
    wake_after_commit(session)
    return await session.get_one(Feedback, intake.given.id)


async def sent_before(session: AsyncSession, new: NewFeedback, origin: Origin, desk: Desk) -> Feedback | None:
    """Return what the same origin sent under the same external id."""
    if new.external_id is None:
        return None
    return await queries.by_external_ref(session, origin.id, desk.codes.external_ref_of(new.external_id))


async def unused_code(session: AsyncSession, given: str, desk: Desk) -> UUID:
    """Return the id of a reply code that was issued beforehand and is not bound yet."""
    code = await queries.issued_code(session, desk.codes.ref_of(read_code(given)))
    if code is None:
        raise invalid("/reply_code", "This reply code was not issued here: leave it out, and one is given.")
    if await queries.by_code(session, code.id):
        raise ReplyCodeUsed
    return code.id


async def revise(
    session: AsyncSession, feedback: Feedback, new: NewFeedback, *, origin: Origin, desk: Desk
) -> Feedback:
    """Replace what was said, keeping what stood there; it has to be moderated again.

    The same content changes nothing, and what was withdrawn or erased does not come back.
    """
    if feedback.state in GONE or feedback.digest == digest_of(new, desk):
        return feedback
    bodies = await about(session, new, desk)
    session.add(kept(feedback))
    previous, was_urgent = feedback.state, feedback.urgent
    changes: dict[str, Any] = content_of(new) | {
        "footprint_id": bodies.footprint_id,
        "organisation_ids": bodies.organisation_ids,
        "urgent": was_urgent or new.urgent,
        "digest": digest_of(new, desk),
        "has_address": feedback.has_address or leaves_address(new),
        "revision": feedback.revision + 1,
        "state": "received",
    }
    for name, value in (changes | NOT_MODERATED).items():
        setattr(feedback, name, value)
    await replace_private(session, feedback.id, new, origin, desk)
    record(session, feedback, happened(FeedbackRevised, feedback, previous))
    if feedback.urgent and not was_urgent:
        record(session, feedback, happened(FeedbackUrgent, feedback))
    return feedback


NOT_MODERATED = dict.fromkeys(
    ("read_at", "moderated_at", "moderated_by", "withheld_reason", "published_text")
)


def kept(feedback: Feedback) -> Revision:
    """Return the record of what stands there now."""
    content = {name: getattr(feedback, name) for name in revised_columns(Feedback)}
    return Revision(feedback_id=feedback.id, number=feedback.revision, content=content, replaced_at=now())


async def replace_private(
    session: AsyncSession, feedback_id: UUID, new: NewFeedback, origin: Origin, desk: Desk
) -> None:
    """Store who says it now; what they said about themselves before is replaced."""
    if new.demographics:
        pseudonym = desk.codes.pseudonym_of(feedback_id)
        await session.execute(delete(Demographics).where(Demographics.pseudonym == pseudonym))
    if parts := private_parts(new, feedback_id, origin, desk):
        await store_with(session, parts)


async def seen(session: AsyncSession, feedback_id: UUID, caller: Caller) -> Feedback:
    """Return a piece of feedback that the caller may see; NotFound for any other."""
    found = await queries.visible(session, feedback_id, caller)
    if found is None:
        raise NotFound
    return found


async def seen_from_inside(session: AsyncSession, feedback_id: UUID, caller: Caller) -> Feedback:
    """Return feedback that the caller reads or sent, to be read closely; else, and once gone, NotFound."""
    feedback = await seen(session, feedback_id, caller)
    if not is_inside(feedback, caller) or feedback.state in GONE:
        raise NotFound
    return feedback


async def identify(session: AsyncSession, feedback_id: UUID, caller: Caller, actor: Actor | None) -> Feedback:
    """Return feedback to be read without masks, and record who did."""
    feedback = await seen_from_inside(session, feedback_id, caller)
    audit = Identification(
        id=new_id(),
        feedback_id=feedback.id,
        client_id=caller.client_id,
        organisation_id=caller.organisation_id,
        actor=actor.pseudonym if actor else None,
        identified_at=now(),
    )
    session.add(audit)
    return feedback


async def restate_after(session: AsyncSession, last: UUID | None) -> list[UUID]:
    """Save the next pieces' present state for publishing, under the version they have; return their ids."""
    found = await queries.feedback_after(session, last, RESTATED_AT_ONCE)
    rows = (outbox_values(happened(FeedbackRestated, each), each.version) for each in found)
    session.add_all(Outbox(**row) for row in rows)
    return [each.id for each in found]
