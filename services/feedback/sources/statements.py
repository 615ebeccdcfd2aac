"""The statements behind `/v1/hooks`, each its own transaction: they must be quick, even under attack."""

from datetime import datetime
from typing import NamedTuple, TypeAlias
from uuid import UUID

import asyncpg

REFUSALS_KEPT = 50

SELECT_SOURCE = """
    SELECT s.hmac, s.state, s.success_status,
           array(SELECT x.sealed FROM source_secret x
                 WHERE x.source_id = s.id AND (x.ends_at IS NULL OR x.ends_at > now())
                 ORDER BY x.ends_at DESC NULLS FIRST) AS secrets
    FROM source s WHERE s.id = $1
"""
# A repeated message only counts itself; the digest that comes back is that of the first.
INSERT_PAYLOAD = """
    WITH kept AS (
        INSERT INTO source_received (id, version, source_id, message_id, body_digest, is_form, state,
                                     tries, repeats, received_at, next_try_at)
        VALUES ($1, 0, $2, $3, $4, $5, 'received', 0, 0, $6, $6)
        ON CONFLICT (source_id, message_id) DO UPDATE SET repeats = source_received.repeats + 1
        RETURNING id, body_digest
    ), raw AS (
        INSERT INTO source_raw_body (received_id, sealed) SELECT id, $7 FROM kept WHERE id = $1
    )
    SELECT id, body_digest FROM kept
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

    hmac: str | None
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


class StoredPayload(NamedTuple):
    """The payload that is stored under a message id."""

    id: UUID
    body_digest: bytes


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


async def insert_refusal(pool: Pool, refusal: RefusalRow) -> None:
    """Store a refusal, and delete those before the last 50."""
    await pool.execute(INSERT_REFUSAL, *refusal, REFUSALS_KEPT - 1)
