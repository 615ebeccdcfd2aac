"""Turning a stored payload into feedback, quarantine, or a later try if something is unavailable."""

import math
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.items.domain import give_with_locks
from services.feedback.items.intake import IntakeTools, Origin
from services.feedback.items.schemas import NewFeedback
from services.feedback.sources import queries
from services.feedback.sources.apart import run_apart
from services.feedback.sources.erasing import delete_payload, end_payload, take_out_what_was_erased
from services.feedback.sources.expressions import Budget
from services.feedback.sources.mapping import Unmappable, feedback_of_answer, id_of_answer
from services.feedback.sources.models import Payload, PayloadFeedback, Quarantined, Source
from services.feedback.sources.schemas import MappingRules
from services.feedback.sources.sealing import SourceSeals
from services.feedback.sources.showing import seal_value, value_at
from services.feedback.sources.splitting import find_message_id, split_payload
from shared.clock import now
from shared.copies import UNKNOWN_BODY
from shared.db import state_of_error
from shared.errors import Problem, TooMany, Unavailable
from shared.events.feedback import SourcePayloadQuarantined
from shared.logs import log
from shared.outbox import record

TRIES_MAX = 8
DELAY_SECONDS_MAX = 300
UNEXPECTED = "unexpected"
# Two that waited for each other, and a lock that was not free in time (PostgreSQL, Appendix A).
IN_USE = ("40P01", "55P03")


@dataclass(frozen=True, slots=True)
class MappedAnswer:
    """One answer of a payload: the feedback that it becomes, or why it cannot become feedback."""

    position: int
    new: NewFeedback | None
    fault: Unmappable | None = None
    external_id: str | None = None


class MapLater(Exception):
    """Something is unavailable or has not arrived yet: the payload is mapped later."""

    def __init__(self, fault: Unmappable) -> None:
        super().__init__(fault)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class PayloadToMap:
    """A stored payload with what is needed to map it."""

    received: Payload
    source: Source
    rules: MappingRules | None
    mapping_number: int | None
    # The payload that it repeats, or itself; and the id of that message, None once its bytes are deleted.
    first: Payload
    message_id: str | None


async def load_payload(session: AsyncSession, received: Payload, seals: SourceSeals) -> PayloadToMap:
    """A payload with its source and the mapping that is in use, or that was when it was begun."""
    source = await session.get_one(Source, received.source_id)
    begun_by = received.mapping_number if received.tries else None
    mapping = await queries.find_mapping(session, source.id, begun_by)
    rules = MappingRules.model_validate(mapping.rules) if mapping else None
    first = await session.get_one(Payload, received.repeat_of) if received.repeat_of else received
    number = mapping.number if mapping else None
    return PayloadToMap(received, source, rules, number, first, await find_message_id(session, first, seals))


async def map_payload(
    session: AsyncSession, payload: PayloadToMap, seals: SourceSeals, budget: Budget
) -> list[MappedAnswer]:
    """Map the answers of a payload that did not become feedback yet.

    A fault of the payload itself is one of each of them, and an answer that waited and is not found any more
    has a fault too: nothing that waits is lost.
    """
    done = await queries.positions_with_feedback(session, payload.received.id)
    waiting = {each.position for each in await queries.faults_of_payload(session, payload.received.id)} - done
    try:
        answers = await map_answers(session, payload, seals, budget, done)
    except Unmappable as fault:
        first_open = max(done, default=-1) + 1
        return [MappedAnswer(position, None, fault) for position in sorted(waiting or {first_open})]
    gone = waiting - {answer.position for answer in answers}
    return answers + [
        MappedAnswer(position, None, Unmappable("answer_not_found", "each")) for position in sorted(gone)
    ]


async def map_answers(
    session: AsyncSession, payload: PayloadToMap, seals: SourceSeals, budget: Budget, done: Collection[int]
) -> list[MappedAnswer]:
    """Map the answers of a payload but for those that are done; Unmappable for a fault of the payload."""
    rules = payload.rules
    if rules is None:
        raise Unmappable("mapping_missing")
    if payload.message_id is None:
        # A repeat of what was erased: without the id it would be new.
        raise Unmappable("body_deleted")
    answers = await split_payload(session, payload.received, rules, seals, budget)
    ids = _external_ids(payload.message_id, answers)
    about = payload.source.organisation_id
    left = [
        partial(_map_answer, rules, place, each, budget, about, ids[place])
        for place, each in enumerate(answers)
        if place not in done
    ]
    return await run_apart(lambda: [map_answer() for map_answer in left])


def _external_ids(message_id: str, answers: Sequence[JsonValue]) -> list[str]:
    """An answer without its own id gets the message's, with its position if there are several."""
    alone = len(answers) == 1
    return [message_id if alone else f"{message_id}#{position}" for position in range(len(answers))]


def _map_answer(
    rules: MappingRules, position: int, answer: JsonValue, budget: Budget, about: UUID, external_id: str
) -> MappedAnswer:
    try:
        new = feedback_of_answer(rules, answer, budget, about, external_id)
        return MappedAnswer(position, new, external_id=new.external_id)
    except Unmappable as fault:
        return MappedAnswer(position, None, fault, id_of_answer(rules, answer, budget) or external_id)


async def settle_payload(
    session: AsyncSession,
    received: Payload,
    tools: IntakeTools,
    seals: SourceSeals,
    ends: float = math.inf,
) -> None:
    """Turn a locked payload into feedback; answers that cannot be mapped go to quarantine.

    What is left once the clock of `time.monotonic` is past `ends` waits for the next turn of its source.
    """
    payload = await load_payload(session, received, seals)
    if payload.message_id is None:
        # The bytes that it repeats are gone, so these go too. Nothing waits if all of those became feedback.
        await delete_payload(session, received, seals)
        if payload.first.state == "mapped":
            await end_payload(session, received)
            return
    try:
        faulty = await _give_answers(session, payload, tools, seals, ends)
        if faulty is None:
            received.tries, received.mapping_number = max(received.tries, 1), payload.mapping_number
            return
        received.state = "quarantined" if faulty else "mapped"
        received.mapped_at = None if faulty else now()
        await take_out_what_was_erased(session, received, seals)
    except MapLater as later:
        _postpone(received, later)
    except DBAPIError as error:
        if state_of_error(error) not in IN_USE:
            raise
        _postpone(received, MapLater(Unmappable("in_use")))


async def _give_answers(
    session: AsyncSession, payload: PayloadToMap, tools: IntakeTools, seals: SourceSeals, ends: float
) -> set[int] | None:
    """Give the answers that wait, and return which are in quarantine; None where time ended it.

    What went there at an earlier try is not tried again with the rest, so that each try gets further.
    """
    received = payload.received
    answers = await map_payload(session, payload, seals, Budget())
    faulty: set[int] = set()
    if received.tries:
        faulty = {each.position for each in await queries.faults_of_payload(session, received.id)}
    else:
        await queries.delete_from_quarantine(session, received.id)
    for number, answer in enumerate(each for each in answers if each.position not in faulty):
        if number and time.monotonic() > ends:
            return None
        if fault := await _give_answer(session, payload, answer, tools):
            ref = tools.codes.external_ref_of(answer.external_id) if answer.external_id else None
            quarantine_answer(session, payload, answer.position, fault, seals).external_ref = ref
            faulty.add(answer.position)
    return faulty


async def _give_answer(
    session: AsyncSession, payload: PayloadToMap, answer: MappedAnswer, tools: IntakeTools
) -> Unmappable | None:
    """Give one answer as feedback in its own savepoint; return why it cannot be given."""
    if answer.new is None:
        return answer.fault
    source, received = payload.source, payload.received
    origin = Origin(None, source.organisation_id, source.id, received.received_at, answer.position)
    try:
        async with session.begin_nested():
            given = await give_with_locks(session, answer.new, origin=origin, tools=tools)
            became = PayloadFeedback(
                received_id=received.id,
                position=answer.position,
                feedback_id=given.feedback.id,
                outcome=given.outcome,
                mapping_number=payload.mapping_number,
            )
            session.add(became)
    except Exception as error:
        fault = _fault_of_error(error, received)
        fault.given = value_at(answer.new, fault.field)
        return fault
    return None


def _fault_of_error(error: Exception, received: Payload) -> Unmappable:
    """Why an answer cannot be given; MapLater if it still may be; a lost database is raised again."""
    if isinstance(error, OSError) or (isinstance(error, DBAPIError) and error.connection_invalidated):
        raise error
    if state_of_error(error) in IN_USE:
        raise MapLater(Unmappable("in_use"))
    if not isinstance(error, Problem):
        log.error("answer_not_given", error=type(error).__name__, received_id=str(received.id))
    fault = Unmappable(error.code, _field_of(error)) if isinstance(error, Problem) else Unmappable(UNEXPECTED)
    if isinstance(error, Unavailable | TooMany):
        raise MapLater(fault)
    may_come = isinstance(error, UNKNOWN_BODY) or not isinstance(error, Problem)
    if received.tries < TRIES_MAX and may_come:
        raise MapLater(fault)
    return fault


def _field_of(problem: Problem) -> str | None:
    return problem.errors[0].pointer.strip("/").replace("/", ".")[:80] if problem.errors else None


def _postpone(received: Payload, later: MapLater) -> None:
    received.state, received.mapped_at = "received", None
    received.tries += 1
    delay = min(2**received.tries, DELAY_SECONDS_MAX)
    received.next_try_at = now() + timedelta(seconds=delay)
    log.info("payload_postponed", error_class=later.fault.error_class, tries=received.tries)


def quarantine_answer(
    session: AsyncSession, payload: PayloadToMap, position: int, fault: Unmappable, seals: SourceSeals
) -> Quarantined:
    """Let one answer wait until its mapping is corrected; return the row."""
    received = payload.received
    row = Quarantined(
        source_id=received.source_id,
        received_id=received.id,
        position=position,
        error_class=fault.error_class,
        field=fault.field,
        mapping_number=payload.mapping_number,
    )
    seal_value(row, fault, seals)
    session.add(row)
    event = SourcePayloadQuarantined(
        source_id=received.source_id,
        received_id=received.id,
        error_class=fault.error_class,
        field=fault.field,
        organisations=(payload.source.organisation_id,),
    )
    record(session, received, event)
    return row
