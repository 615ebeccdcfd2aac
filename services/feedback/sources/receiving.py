"""Receiving a payload: verify the bytes, store them, answer. Mapping comes later, so it can lose nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

import asyncpg

from services.feedback.errors import (
    EventNotTaken,
    MessageIdRefused,
    MessageIdReused,
    SignatureRefused,
    SourceNotLive,
)
from services.feedback.sources import signatures
from services.feedback.sources.cache import SourceCache, SourceEntry
from services.feedback.sources.expressions import Budget, ExpressionFailed, evaluate_expression
from services.feedback.sources.parsing import decode_text, read_body
from services.feedback.sources.received_schemas import PostOutcome
from services.feedback.sources.scheme_schemas import HmacSettings, MessageSettings, TokenSettings
from services.feedback.sources.statements import (
    PayloadRow,
    Pool,
    StoredPayload,
    add_ref_of_message,
    insert_payload,
    insert_payload_or_retry,
    insert_payload_or_revision,
)
from services.feedback.sources.tokens import verify_token
from shared.clock import now
from shared.errors import Problem
from shared.ids import new_id
from shared.middleware import refuse_encoding

# How the gateway names itself when it delivers events.
SENDER_OF_EVENTS = "Doorway-Webhooks/"
MESSAGE_ID_CHARS_MAX = 190
MESSAGE_ID_STEPS_MAX = 100_000


@dataclass(frozen=True, slots=True)
class PostedPayload:
    """A payload as a sender posted it."""

    source_id: UUID
    headers: Mapping[str, str]
    body: bytes
    # What stood in the address behind the source's id.
    path_secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class PayloadReceipt:
    """The id under which a payload was stored, and the status that its source wants."""

    received_id: UUID
    success_status: int
    outcome: PostOutcome
    repeat_of: UUID | None
    files_left_out: tuple[str, ...] = ()


async def receive_payload(cache: SourceCache, posted: PostedPayload) -> PayloadReceipt:
    """Store a signed payload, once for each message id.

    Every refusal of a known source is recorded among its attempts.
    """
    entry = await cache.find_entry(posted.source_id)
    try:
        entry = await _verify_with_fresh_secret(cache, entry, posted)
        return await _store(cache, entry, posted)
    except Problem as refusal:
        await cache.refusals.record(entry.source_id, refusal)
        raise


async def _verify_with_fresh_secret(
    cache: SourceCache, entry: SourceEntry, posted: PostedPayload
) -> SourceEntry:
    """Verify; before a refusal, look whether the secret has just changed."""
    try:
        _verify(entry, posted)
    except SignatureRefused:
        entry = await cache.find_entry(posted.source_id, fresh=True)
        _verify(entry, posted)
    if not entry.is_live:
        raise SourceNotLive
    return entry


def _verify(entry: SourceEntry, posted: PostedPayload) -> None:
    settings = entry.settings
    if isinstance(settings, TokenSettings):
        verify_token(entry.scheme, settings, entry.secrets, posted.headers, posted.path_secret)
        return
    if posted.path_secret is not None:
        raise SignatureRefused(
            "This source signs what it posts: post to the address without what follows its id."
        )
    if settings is None:
        decode_text(posted.body)
    hmac = settings if isinstance(settings, HmacSettings) else None
    signatures.verify_signature(hmac, entry.secrets, posted.headers, posted.body, now())


def shows_secret(entry: SourceEntry, path_secret: str) -> bool:
    """Whether an address ends with the secret of a source that has one there."""
    if entry.scheme != "secret-path" or not isinstance(entry.settings, TokenSettings):
        return False
    try:
        verify_token(entry.scheme, entry.settings, entry.secrets, {}, path_secret)
    except SignatureRefused:
        return False
    return True


async def _store(cache: SourceCache, entry: SourceEntry, posted: PostedPayload) -> PayloadReceipt:
    if posted.headers.get("user-agent", "").startswith(SENDER_OF_EVENTS):
        # Each would wait in quarantine, which is an event for every endpoint: they would grow without end.
        raise EventNotTaken
    refuse_encoding(posted.headers.get("content-encoding", ""), posted.body)
    read = read_body(posted.body, posted.headers.get("content-type"))
    digest = cache.seals.digest_of_body(entry.source_id, read.compared)
    received_id = new_id()
    message_id = _message_id(entry, posted, read.payload, received_id)
    row = PayloadRow(
        id=received_id,
        source_id=entry.source_id,
        message_id=message_id,
        body_digest=digest,
        is_form=read.is_form,
        at=now(),
        sealed=cache.seals.seal_body(received_id, read.kept),
        message_ref=cache.seals.ref_of_message(entry.source_id, message_id),
    )
    await cache.room.take(entry.source_id, len(row.sealed))
    try:
        stored = await _insert(cache.pool, row, entry.settings)
    except asyncpg.UniqueViolationError:
        await add_ref_of_message(cache.pool, row)
        stored = await _insert(cache.pool, row, entry.settings)
    if stored.body_digest != digest:
        raise MessageIdReused
    repeat_of = stored.repeat_of or (stored.id if stored.id != received_id else None)
    outcome: PostOutcome = "repeat" if repeat_of else "revision" if stored.revision > 1 else "new"
    return PayloadReceipt(stored.id, entry.success_status, outcome, repeat_of, read.files_left_out)


async def _insert(pool: Pool, row: PayloadRow, settings: MessageSettings | None) -> StoredPayload:
    """Store a payload as its source tells its messages apart."""
    if settings and settings.told_apart_by == "field":
        return await insert_payload_or_revision(pool, row)
    if settings and settings.retry_window:
        return await insert_payload_or_retry(pool, row, row.at - settings.retry_window)
    return await insert_payload(pool, row)


def _message_id(entry: SourceEntry, posted: PostedPayload, payload: object, received_id: UUID) -> str:
    settings = entry.settings
    if settings is None:
        value: object = posted.headers["webhook-id"]
    elif settings.message_id_header:
        value = posted.headers.get(settings.message_id_header.lower())
    elif settings.message_id_expression:
        value = _id_in_payload(settings.message_id_expression, payload)
    else:
        value = received_id.hex  # each post is new: what it says is no identity
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not 1 <= len(text) <= MESSAGE_ID_CHARS_MAX or not text.isprintable():
        raise MessageIdRefused
    return text


def _id_in_payload(expression: str, payload: object) -> object:
    try:
        return evaluate_expression(expression, payload, Budget(MESSAGE_ID_STEPS_MAX))
    except ExpressionFailed:
        return None
