"""The statements of the way in, each a transaction of its own: they have to be quick, also under attack."""

from datetime import datetime
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

import asyncpg

REFUSALS_KEPT = 50

DOOR = """
    SELECT s.hmac, s.state, s.success_status,
           array(SELECT x.sealed FROM source_secret x
                 WHERE x.source_id = s.id AND (x.ends_at IS NULL OR x.ends_at > now())
                 ORDER BY x.ends_at DESC NULLS FIRST) AS secrets
    FROM source s WHERE s.id = $1
"""
# A message that comes again only counts itself: the digest that is returned is that of the first.
KEEP = """
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
REFUSE = """
    WITH old AS (
        DELETE FROM source_refusal WHERE source_id = $1 AND id <= (
            SELECT id FROM source_refusal WHERE source_id = $1 ORDER BY id DESC OFFSET $7 LIMIT 1)
    )
    INSERT INTO source_refusal (source_id, at, status, code, detail, unrecorded_before)
    VALUES ($1, $2, $3, $4, $5, $6)
"""

Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"


class DoorRow(NamedTuple):
    """What the way in needs of a source, as it is stored."""

    hmac: str | None
    state: str
    success_status: int
    secrets: list[bytes]


class Arrival(NamedTuple):
    """A payload as it is to be kept, in the order of the statement's parameters."""

    id: UUID
    source_id: UUID
    message_id: str
    body_digest: bytes
    is_form: bool
    at: datetime
    sealed: bytes


class Kept(NamedTuple):
    """The payload that is kept under a message id."""

    id: UUID
    body_digest: bytes


class Refused(NamedTuple):
    """A refusal as it is to be kept, in the order of the statement's parameters."""

    source_id: UUID
    at: datetime
    status: int
    code: str
    detail: str
    unrecorded_before: int


async def look_up(pool: Pool, source_id: UUID) -> DoorRow | None:
    """Return what the way in needs of a source."""
    row = await pool.fetchrow(DOOR, source_id)
    return DoorRow(*row) if row else None


async def keep(pool: Pool, arrival: Arrival) -> Kept:
    """Keep a payload with its sealed bytes, or find the one that came under the same message id."""
    row: Any = await pool.fetchrow(KEEP, *arrival)
    return Kept(*row)


async def refuse(pool: Pool, refused: Refused) -> None:
    """Remember a refusal, and forget the oldest beyond the last 50."""
    await pool.execute(REFUSE, *refused, REFUSALS_KEPT - 1)
