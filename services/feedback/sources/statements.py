"""The statements behind `/v1/hooks`, each its own transaction: they must be quick, even under attack."""

from datetime import datetime, timedelta
from typing import NamedTuple, TypeAlias
from uuid import UUID

import asyncpg

from services.feedback.sources.scheme_schemas import Scheme

REFUSALS_KEPT = 50

SELECT_SOURCE = """
    SELECT s.scheme, s.hmac, s.token, s.state, s.success_status,
           array(SELECT x.sealed FROM source_secret x
                 WHERE x.source_id = s.id AND (x.ends_at IS NULL OR x.ends_at > now())
                 ORDER BY x.ends_at DESC NULLS FIRST) AS secrets
    FROM source s WHERE s.id = $1
"""
# A repeated message only counts itself; the digest that comes back is that of the first.
INSERT_PAYLOAD = """
    WITH kept AS (
        INSERT INTO source_received (id, version, source_id, message_id, body_digest, is_form, state,
                                     tries, repeats, received_at, next_try_at, message_ref, repeat_of,
                                     revision)
        VALUES ($1, 0, $2, $3, $4, $5, 'received', 0, 0, $6, $6, $8, $9, $10)
        ON CONFLICT (source_id, message_ref, revision) DO UPDATE SET repeats = source_received.repeats + 1
        RETURNING id, body_digest, repeat_of, revision
    ), raw AS (
        INSERT INTO source_raw_body (received_id, sealed) SELECT id, $7 FROM kept WHERE id = $1
    )
    SELECT id, body_digest, repeat_of, revision FROM kept
"""
# Two that come at the same moment wait in turn: each sees what the other stored.
TAKE_TURN = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"
FIRST_WITH_CONTENT = """
    SELECT id FROM source_received
    WHERE source_id = $1 AND body_digest = $2 AND received_at > $3 AND repeat_of IS NULL
    ORDER BY id LIMIT 1
"""
LAST_UNDER_ID = """
    SELECT body_digest, revision, received_at FROM source_received
    WHERE source_id = $1 AND (message_ref = $2 OR message_id = $3) ORDER BY revision DESC LIMIT 1
"""
ADD_REF = """
    UPDATE source_received SET message_ref = $3
    WHERE source_id = $1 AND message_id = $2 AND message_ref IS NULL
"""
INSERT_REFUSAL = """
    WITH old AS (
        DELETE FROM source_refusal WHERE source_id = $1 AND id <= (
            SELECT id FROM source_refusal WHERE source_id = $1 ORDER BY id DESC OFFSET $7 LIMIT 1)
    )
    INSERT INTO source_refusal (source_id, at, status, code, detail, unrecorded_before)
    VALUES ($1, $2, $3, $4, $5, $6)
"""

Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"


class SourceRow(NamedTuple):
    """A source as it is stored, with its sealed secrets."""

    scheme: Scheme
    hmac: str | None
    token: str | None
    state: str
    success_status: int
    secrets: list[bytes]


class PayloadRow(NamedTuple):
    """A payload as it is stored, in the order of the statement's parameters."""

    id: UUID
    source_id: UUID
    message_id: str
    body_digest: bytes
    is_form: bool
    at: datetime
    sealed: bytes
    message_ref: str
    repeat_of: UUID | None = None
    revision: int = 1


class StoredPayload(NamedTuple):
    """The payload that is stored under a message id."""

    id: UUID
    body_digest: bytes
    repeat_of: UUID | None
    revision: int


class RefusalRow(NamedTuple):
    """A refusal as it is stored, in the order of the statement's parameters."""

    source_id: UUID
    at: datetime
    status: int
    code: str
    detail: str
    unrecorded_before: int


async def select_source(pool: Pool, source_id: UUID) -> SourceRow | None:
    """A source as receiving its payloads needs it."""
    row = await pool.fetchrow(SELECT_SOURCE, source_id)
    return SourceRow(*row) if row else None


async def insert_payload(pool: Pool, payload: PayloadRow) -> StoredPayload:
    """Store a payload with its sealed bytes, or find the one with the same message id."""
    (row,) = await pool.fetch(INSERT_PAYLOAD, *payload)
    return StoredPayload(*row)


async def insert_payload_or_retry(pool: Pool, payload: PayloadRow, since: datetime) -> StoredPayload:
    """Store a payload, as a repeat of the first with the same content since then if there is one."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(TAKE_TURN, f"{payload.source_id} {payload.body_digest.hex()}")
        first = await connection.fetchval(FIRST_WITH_CONTENT, payload.source_id, payload.body_digest, since)
        (row,) = await connection.fetch(INSERT_PAYLOAD, *payload._replace(repeat_of=first))
    return StoredPayload(*row)


async def insert_payload_or_revision(pool: Pool, payload: PayloadRow) -> StoredPayload:
    """Store a payload as a revision of the last under its id, or find that one if its content is the same."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(TAKE_TURN, f"{payload.source_id} {payload.message_id}")
        names = payload.source_id, payload.message_ref, payload.message_id
        last = await connection.fetchrow(LAST_UNDER_ID, *names)
        if last is not None:
            revision = last["revision"] + (last["body_digest"] != payload.body_digest)
            # Its moment says that it is the later one, also if it waited for the other: by more than the
            # answers of one payload are apart.
            at = max(payload.at, last["received_at"] + timedelta(milliseconds=1))
            payload = payload._replace(revision=revision, at=at)
        (row,) = await connection.fetch(INSERT_PAYLOAD, *payload)
    return StoredPayload(*row)


async def add_ref_of_message(pool: Pool, payload: PayloadRow) -> None:
    """Let what was stored under a message id before its hash was kept be found by the hash."""
    await pool.execute(ADD_REF, payload.source_id, payload.message_id, payload.message_ref)


async def insert_refusal(pool: Pool, refusal: RefusalRow) -> None:
    """Store a refusal, and delete those before the last 50."""
    await pool.execute(INSERT_REFUSAL, *refusal, REFUSALS_KEPT - 1)
