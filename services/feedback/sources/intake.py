"""The way in: verify the bytes, keep them, answer. Nothing is mapped here, so mapping can lose nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from services.feedback.sources import signatures
from services.feedback.sources.bodies import is_form, payload_of, text_of
from services.feedback.sources.door import Door, Doors
from services.feedback.sources.errors import (
    MessageIdRefused,
    MessageIdReused,
    SignatureRefused,
    SourceNotLive,
)
from services.feedback.sources.expressions import Budget, ExpressionFailed, evaluated
from services.feedback.sources.statements import Arrival, keep
from shared.clock import now
from shared.errors import Problem
from shared.ids import new_id

MESSAGE_ID_CHARS_MAX = 190
MESSAGE_ID_STEPS_MAX = 100_000


@dataclass(frozen=True, slots=True)
class Posted:
    """What a sender posted, as it came."""

    source_id: UUID
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Taken:
    """What was kept, under which id, and the status that the source wants to hear."""

    received_id: UUID
    success_status: int


async def take_in(doors: Doors, posted: Posted) -> Taken:
    """Keep what was posted if it is signed, once for each message id.

    Every refusal of a known source is written into its attempts.
    """
    door = await doors.find(posted.source_id)
    try:
        door = await _verified(doors, door, posted)
        received_id = await _keep(doors, door, posted)
    except Problem as refusal:
        await doors.refusals.note(door.source_id, refusal)
        raise
    return Taken(received_id, door.success_status)


async def _verified(doors: Doors, door: Door, posted: Posted) -> Door:
    """Verify; before a refusal look whether the secret has just been changed."""
    try:
        _verify(door, posted)
    except SignatureRefused:
        door = await doors.find(posted.source_id, afresh=True)
        _verify(door, posted)
    if not door.is_live:
        raise SourceNotLive
    return door


def _verify(door: Door, posted: Posted) -> None:
    if door.hmac is None:
        text_of(posted.body)
    signatures.verify(door.hmac, door.secrets, posted.headers, posted.body, now())


async def _keep(doors: Doors, door: Door, posted: Posted) -> UUID:
    form = is_form(posted.headers.get("content-type"))
    payload = payload_of(posted.body, form=form)
    digest = doors.seals.digest(door.source_id, posted.body)
    received_id = new_id()
    arrival = Arrival(
        id=received_id,
        source_id=door.source_id,
        message_id=_message_id(door, posted, payload, digest),
        body_digest=digest,
        is_form=form,
        at=now(),
        sealed=doors.seals.seal_body(received_id, posted.body),
    )
    kept = await keep(doors.pool, arrival)
    if kept.body_digest != digest:
        raise MessageIdReused
    return kept.id


def _message_id(door: Door, posted: Posted, payload: object, digest: bytes) -> str:
    if door.hmac is None:
        found: object = posted.headers["webhook-id"]
    elif door.hmac.message_id_header:
        found = posted.headers.get(door.hmac.message_id_header.lower())
    elif door.hmac.message_id_expression:
        found = _id_within(door.hmac.message_id_expression, payload)
    else:
        found = digest.hex()
    text = str(found) if isinstance(found, str | int) and not isinstance(found, bool) else ""
    if not 1 <= len(text) <= MESSAGE_ID_CHARS_MAX or not text.isprintable():
        raise MessageIdRefused
    return text


def _id_within(expression: str, payload: object) -> object:
    try:
        return evaluated(expression, payload, Budget(MESSAGE_ID_STEPS_MAX))
    except ExpressionFailed:
        return None
