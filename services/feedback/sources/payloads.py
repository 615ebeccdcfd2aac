"""What becomes of a payload that was kept: feedback, or quarantine; later, when something is away."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.items import domain as items
from services.feedback.items.desk import Desk, Origin
from services.feedback.items.schemas import NewFeedback
from services.feedback.sources import queries
from services.feedback.sources.bodies import payload_of
from services.feedback.sources.errors import BodyNotJson, Unmappable
from services.feedback.sources.expressions import Budget
from services.feedback.sources.mapping import answers_of, feedback_from
from services.feedback.sources.models import Given, Quarantined, Received, Source
from services.feedback.sources.schemas import MappingRules
from services.feedback.sources.sealing import Seals
from shared.clock import now
from shared.errors import NotHereYet, Problem, Unavailable
from shared.events.feedback import SourcePayloadQuarantined
from shared.logs import log
from shared.outbox import record

TRIES_MAX = 8
DELAY_SECONDS_MAX = 300
UNEXPECTED = "unexpected"


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of a payload: the feedback that it becomes, or why it cannot become any."""

    position: int
    new: NewFeedback | None
    fault: Unmappable | None = None


class Later(Exception):
    """Something that is needed is away or not here yet: the payload is mapped later."""

    def __init__(self, fault: Unmappable) -> None:
        super().__init__(fault)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Payload:
    """A kept payload with what is needed to map it."""

    received: Received
    source: Source
    rules: MappingRules | None
    mapping_number: int | None


async def opened(session: AsyncSession, received: Received) -> Payload:
    """Return a payload with its source and the mapping that is in use."""
    source = await session.get_one(Source, received.source_id)
    mapping = await queries.mapping_in_use(session, source.id)
    rules = MappingRules.model_validate(mapping.rules) if mapping else None
    return Payload(received, source, rules, mapping.number if mapping else None)


async def answers(session: AsyncSession, payload: Payload, seals: Seals) -> list[Answer]:
    """Map a payload, answer by answer; a fault of the payload itself stands at position 0."""
    try:
        return await _mapped(session, payload, seals)
    except Unmappable as fault:
        return [Answer(0, None, fault)]


async def _mapped(session: AsyncSession, payload: Payload, seals: Seals) -> list[Answer]:
    received, rules = payload.received, payload.rules
    if rules is None:
        raise Unmappable("mapping_missing")
    if (sealed := await queries.raw_body(session, received.id)) is None:
        raise Unmappable("body_deleted")
    try:
        document = payload_of(seals.open_body(received.id, sealed), form=received.is_form)
    except BodyNotJson:
        raise Unmappable("body_not_json") from None
    budget = Budget()
    found = answers_of(rules, document, budget)
    ids = _external_ids(received.message_id, found)
    about = payload.source.organisation_id
    return [_answer(rules, place, one, budget, about, ids[place]) for place, one in enumerate(found)]


def _external_ids(message_id: str, found: Sequence[Any]) -> list[str]:
    """An answer without an id of its own takes the message's, with its position when there are several."""
    alone = len(found) == 1
    return [message_id if alone else f"{message_id}#{position}" for position in range(len(found))]


def _answer(
    rules: MappingRules, position: int, one: Any, budget: Budget, about: UUID, external_id: str
) -> Answer:
    try:
        return Answer(position, feedback_from(rules, one, budget, about, external_id))
    except Unmappable as fault:
        return Answer(position, None, fault)


async def settle(session: AsyncSession, received: Received, desk: Desk, seals: Seals) -> None:
    """Turn a locked payload into feedback; what cannot be mapped goes to quarantine, the rest is given."""
    payload = await opened(session, received)
    done = await queries.positions_given(session, received.id)
    found = await answers(session, payload, seals)
    left = [answer for answer in found if answer.position not in done]
    try:
        faults = {answer.position: await _given(session, payload, answer, desk) for answer in left}
    except Later as later:
        _postpone(received, later)
        return
    await _conclude(session, payload, {place: fault for place, fault in faults.items() if fault})


async def _given(session: AsyncSession, payload: Payload, answer: Answer, desk: Desk) -> Unmappable | None:
    """Give one answer as feedback in a savepoint of its own; returns why it cannot be given."""
    if answer.new is None:
        return answer.fault
    source, received = payload.source, payload.received
    origin = Origin(None, source.organisation_id, source.id, received.received_at)
    try:
        async with session.begin_nested():
            feedback = await items.give(session, answer.new, origin=origin, desk=desk)
            session.add(Given(received_id=received.id, position=answer.position, feedback_id=feedback.id))
    except Exception as error:
        return _fault_or_later(error, received)
    return None


def _fault_or_later(error: Exception, received: Received) -> Unmappable:
    """Return why an answer cannot be given; Later when it still may be; a lost database is raised on."""
    if isinstance(error, OSError) or (isinstance(error, DBAPIError) and error.connection_invalidated):
        raise error
    if not isinstance(error, Problem):
        log.error("answer_not_given", error=type(error).__name__, received_id=str(received.id))
    fault = Unmappable(error.code, _field_of(error)) if isinstance(error, Problem) else Unmappable(UNEXPECTED)
    if isinstance(error, Unavailable):
        raise Later(fault)
    if received.tries < TRIES_MAX and (isinstance(error, NotHereYet) or not isinstance(error, Problem)):
        raise Later(fault)
    return fault


def _field_of(problem: Problem) -> str | None:
    return problem.errors[0].pointer.strip("/").replace("/", ".")[:80] if problem.errors else None


def _postpone(received: Received, later: Later) -> None:
    received.tries += 1
    delay = min(2**received.tries, DELAY_SECONDS_MAX)
    received.next_try_at = now() + timedelta(seconds=delay)
    log.info("payload_postponed", error_class=later.fault.error_class, tries=received.tries)


async def _conclude(session: AsyncSession, payload: Payload, faults: dict[int, Unmappable]) -> None:
    received = payload.received
    await queries.leave_quarantine(session, received.id)
    for position, fault in faults.items():
        quarantine(session, payload, position, fault)
    received.state = "quarantined" if faults else "mapped"
    received.mapped_at = None if faults else now()


def quarantine(session: AsyncSession, payload: Payload, position: int, fault: Unmappable) -> None:
    """Let one answer wait for its mapping to be mended."""
    received = payload.received
    row = Quarantined(
        source_id=received.source_id,
        received_id=received.id,
        position=position,
        error_class=fault.error_class,
        field=fault.field,
        mapping_number=payload.mapping_number,
    )
    session.add(row)
    event = SourcePayloadQuarantined(
        source_id=received.source_id,
        received_id=received.id,
        error_class=fault.error_class,
        field=fault.field,
        organisations=(payload.source.organisation_id,),
    )
    record(session, received, event)
