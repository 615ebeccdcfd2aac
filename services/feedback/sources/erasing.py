"""Erasing one person's answer from the payloads and samples that it is in; the answers of others stay."""

from collections.abc import Collection, Iterable, Sequence
from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.sources import queries
from services.feedback.sources.expressions import Budget
from services.feedback.sources.forgetting import forget_message_ids
from services.feedback.sources.mapping import Unmappable
from services.feedback.sources.models import Payload, PayloadFeedback, Quarantined, SourceMapping
from services.feedback.sources.schemas import MappingRules
from services.feedback.sources.sealing import SourceSeals
from services.feedback.sources.splitting import split_payload
from shared.clock import now


async def erase_answers_of_feedback(session: AsyncSession, feedback_id: UUID, seals: SourceSeals) -> None:
    """Take what became this feedback out of its payloads, their repeats and the samples that copy them."""
    payloads, mappings = await lock_answers_of_feedback(session, [feedback_id])
    if payloads:
        drop_samples(mappings, payloads)
        await take_out_answers(session, payloads, [feedback_id], seals)


async def take_out_what_was_erased(session: AsyncSession, received: Payload, seals: SourceSeals) -> None:
    """Take the answers of erased feedback out of a locked payload that was just mapped.

    Its sender sent them again, or it waited while the person erased them.
    """
    if erased := await queries.erased_feedback_of_payload(session, received.id):
        async with session.begin_nested():
            drop_samples(await queries.lock_mappings_copying(session, [received]), [received])
            await take_out_answers(session, [received], erased, seals)


async def lock_answers_of_feedback(
    session: AsyncSession, feedback_ids: Collection[UUID]
) -> tuple[Sequence[Payload], Sequence[SourceMapping]]:
    """Lock the payloads that locked feedback came in, then the mappings that copy them.

    Who erases several pieces locks for all of them first: two that erase never wait for each other.
    """
    payloads = await queries.lock_payloads_of_feedback(session, feedback_ids)
    return payloads, await queries.lock_mappings_copying(session, payloads) if payloads else ()


def drop_samples(mappings: Iterable[SourceMapping], payloads: Iterable[Payload]) -> None:
    """Drop the samples that copy payloads from locked mappings."""
    copied = {str(each.id) for each in payloads}
    for mapping in mappings:
        mapping.samples = [each for each in mapping.samples if each.get("received_id") not in copied]


async def take_out_answers(
    session: AsyncSession, payloads: Sequence[Payload], feedback_ids: Collection[UUID], seals: SourceSeals
) -> None:
    """Take the answers of feedback out of locked payloads.

    Nobody needs the bytes once all answers became feedback, those of the payload itself or of its repeat.
    """
    first_of = {each.id: each.repeat_of or each.id for each in payloads}
    mapped = {first_of[each.id] for each in payloads if each.state == "mapped"}
    places = await queries.places_of_feedback(session, first_of.keys(), feedback_ids)
    faults = await queries.faults_of_feedback(session, first_of.keys(), feedback_ids)
    for received in payloads:
        if (first := first_of[received.id]) in mapped:
            await delete_payload(session, received, seals)
            await end_payload(session, received)
        else:
            own = [each for each in places if first_of[each.received_id] == first]
            waiting = [each for each in faults if each.received_id == received.id]
            await blank_answers(session, received, [*own, *waiting], seals)
            await end_waiting(session, received, waiting, seals)


async def end_payload(session: AsyncSession, received: Payload) -> None:
    """Mark a locked payload as mapped, because nothing in it waits any more."""
    if received.state != "mapped":
        await queries.delete_from_quarantine(session, received.id)
        received.state, received.mapped_at = "mapped", now()


async def end_waiting(
    session: AsyncSession, received: Payload, waiting: Sequence[Quarantined], seals: SourceSeals
) -> None:
    """Let answers wait no more that were taken out; nobody needs the bytes once none waits."""
    for fault in waiting:
        await session.delete(fault)
    await session.flush()
    if waiting and not await queries.faults_of_payload(session, received.id):
        await delete_payload(session, received, seals)
        await end_payload(session, received)


async def blank_answers(
    session: AsyncSession,
    received: Payload,
    places: Sequence[PayloadFeedback | Quarantined],
    seals: SourceSeals,
) -> None:
    """Leave an empty place where each of these answers stood; seal the others again, and the message's id.

    Where an answer cannot be found or opened any more, the bytes go: nobody's erasure waits for others.
    """
    if (raw := await queries.find_raw_body(session, received.id)) is None:
        return
    try:
        for place in places:
            body = await body_without(session, received, place, seals)
            raw.sealed, raw.is_split = seals.seal_body(received.id, body), True
    except (Unmappable, IndexError, ValueError, orjson.JSONEncodeError):
        await delete_payload(session, received, seals)
        return
    if received.message_id is not None:
        raw.sealed_id = seals.seal_message_id(received.id, received.message_id)
        await forget_message_ids(session, [received], seals)


async def delete_payload(session: AsyncSession, received: Payload, seals: SourceSeals) -> None:
    """Delete the bytes of a locked payload, and the id that its sender gave it."""
    await queries.delete_raw_body(session, received, now())
    await forget_message_ids(session, [received], seals)


async def body_without(
    session: AsyncSession, received: Payload, place: PayloadFeedback | Quarantined, seals: SourceSeals
) -> bytes:
    """The answers of a payload as JSON, split as when this one became feedback, and without it."""
    mapping = await queries.find_mapping(session, received.source_id, place.mapping_number)
    if mapping is None:
        raise Unmappable("mapping_missing")
    rules = MappingRules.model_validate(mapping.rules)
    answers = await split_payload(session, received, rules, seals, Budget())
    answers[place.position] = None
    return orjson.dumps(answers)
