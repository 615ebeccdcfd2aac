"""Erasing one person's answer from the payloads and samples that it is in; the answers of others stay."""

from collections.abc import Collection, Sequence
from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.sources import queries
from services.feedback.sources.expressions import Budget
from services.feedback.sources.forgetting import forget_message_ids
from services.feedback.sources.mapping import Unmappable
from services.feedback.sources.models import Payload, PayloadFeedback, SourceMapping
from services.feedback.sources.payloads import split_payload
from services.feedback.sources.schemas import MappingRules
from services.feedback.sources.sealing import SourceSeals
from shared.clock import now


async def erase_answers_of_feedback(session: AsyncSession, feedback_id: UUID, seals: SourceSeals) -> None:
    """Take what became this feedback out of its payloads; bytes go once no other answer needs them."""
    payloads, mappings = await lock_answers_of_feedback(session, [feedback_id])
    copied = {str(each.id) for each in payloads}
    for mapping in mappings:
        mapping.samples = [each for each in mapping.samples if each.get("received_id") not in copied]
    for received in payloads:
        if received.state == "mapped" and not await queries.others_stand(session, received.id, feedback_id):
            await delete_payload(session, received, seals)
        else:
            await blank_answers(session, received, feedback_id, seals)


async def lock_answers_of_feedback(
    session: AsyncSession, feedback_ids: Collection[UUID]
) -> tuple[Sequence[Payload], Sequence[SourceMapping]]:
    """Lock the payloads that locked feedback came in, then the mappings that copy them.

    Who erases several pieces locks for all of them first: two that erase never wait for each other.
    """
    payloads = await queries.lock_payloads_of_feedback(session, feedback_ids)
    return payloads, await queries.lock_mappings_copying(session, payloads) if payloads else ()


async def blank_answers(
    session: AsyncSession, received: Payload, feedback_id: UUID, seals: SourceSeals
) -> None:
    """Leave an empty place where each answer of this feedback stood, and seal the answers again.

    Where an answer cannot be found or opened any more, the bytes go: nobody's erasure waits for others.
    """
    if (raw := await queries.find_raw_body(session, received.id)) is None:
        return
    try:
        for place in await queries.places_of_feedback(session, received.id, feedback_id):
            body = await body_without(session, received, place, seals)
            raw.sealed, raw.is_split = seals.seal_body(received.id, body), True
    except (Unmappable, IndexError, ValueError, orjson.JSONEncodeError):
        await delete_payload(session, received, seals)


async def delete_payload(session: AsyncSession, received: Payload, seals: SourceSeals) -> None:
    """Delete the bytes of a locked payload, and the id that its sender gave it."""
    await queries.delete_raw_body(session, received, now())
    await forget_message_ids(session, [received], seals)


async def body_without(
    session: AsyncSession, received: Payload, place: PayloadFeedback, seals: SourceSeals
) -> bytes:
    """The answers of a payload as JSON, split as when this one became feedback, and without it."""
    mapping = await queries.find_mapping(session, received.source_id, place.mapping_number)
    if mapping is None:
        raise Unmappable("mapping_missing")
    rules = MappingRules.model_validate(mapping.rules)
    answers = await split_payload(session, received, rules, seals, Budget())
    answers[place.position] = None
    return orjson.dumps(answers)
