"""Statements about what sources sent lately, and since when they have sent nothing."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ARRAY, DateTime, Interval, Uuid, bindparam, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.sources.models import Source

# So many of the newest payloads of a source are looked at, however many it sends.
COUNTED_MAX = 500
LOOKED_BACK = timedelta(days=28)
PAUSES_READ = 4
RECENT = text("""
    SELECT s.id, max(r.received_at), max(r.mapped_at) FILTER (WHERE r.state = 'mapped'),
           count(*) FILTER (WHERE r.received_at > :since),
           count(*) FILTER (WHERE r.received_at > :since AND r.state = 'quarantined'),
           min(r.received_at) FILTER (WHERE r.received_at > :since),
           (SELECT coalesce(sum(1 + f.unrecorded_before), 0) FROM source_refusal f
            WHERE f.source_id = s.id AND f.at > :since)::int
    FROM unnest(:ids) AS s (id) LEFT JOIN LATERAL (
        SELECT received_at, mapped_at, state FROM source_received
        WHERE source_id = s.id ORDER BY id DESC LIMIT :counted
    ) r ON true GROUP BY s.id
""").bindparams(bindparam("ids", type_=ARRAY(Uuid)))
QUIET = text("""
    SELECT id, organisation_id, silent_after_hours, since FROM (
        SELECT s.*, greatest(s.live_since, (
            SELECT received_at FROM source_received WHERE source_id = s.id ORDER BY id DESC LIMIT 1
        )) AS since
        FROM source s WHERE s.state = 'live' AND s.silent_since IS NULL
    ) s WHERE since <= :at - coalesce(make_interval(hours => silent_after_hours), :quiet)
    ORDER BY id
""").bindparams(bindparam("at", type_=DateTime(timezone=True)), bindparam("quiet", type_=Interval))
SPOKE = text("""
    UPDATE source s SET silent_since = NULL WHERE s.silent_since IS NOT NULL AND s.silent_since < (
        SELECT received_at FROM source_received WHERE source_id = s.id ORDER BY id DESC LIMIT 1)
""")
# An id begins with the moment at which it was made, so the index of the newest finds what came after one.
# It takes a step an hour: a source that sends much takes no longer than another.
PAUSES = text("""
    WITH RECURSIVE spoke (at, after) AS (
        SELECT NULL::timestamptz, CAST(:first AS timestamptz)
        UNION ALL
        SELECT next.received_at, next.received_at + interval '1 hour' FROM spoke CROSS JOIN LATERAL (
            SELECT received_at FROM source_received WHERE source_id = :source_id AND id >= (
                lpad(to_hex((extract(epoch FROM after) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
            ORDER BY id LIMIT 1
        ) next WHERE after <= :last
    )
    SELECT pause FROM (SELECT at - lag(at) OVER (ORDER BY at) FROM spoke WHERE at <= :last) AS each (pause)
    WHERE pause IS NOT NULL ORDER BY pause DESC LIMIT :limit
""").columns(pause=Interval)


class Recent(NamedTuple):
    """What a source sent lately, of its newest payloads."""

    source_id: UUID
    last_received_at: datetime | None
    last_mapped_at: datetime | None
    received: int
    waiting: int
    oldest: datetime | None
    refused: int


class Quiet(NamedTuple):
    """A live source that has sent nothing for some time."""

    source_id: UUID
    organisation_id: UUID
    silent_after_hours: int | None
    since: datetime


async def recent_of_sources(session: AsyncSession, ids: Sequence[UUID], since: datetime) -> list[Recent]:
    """What each source sent since an instant."""
    given = {"ids": ids, "since": since, "counted": COUNTED_MAX}
    return [Recent._make(row) for row in await session.execute(RECENT, given)] if ids else []


async def quiet_sources(session: AsyncSession, at: datetime, quiet: timedelta) -> list[Quiet]:
    """The live sources that have sent nothing for as long as they say, or for so long, and are not marked."""
    rows = await session.execute(QUIET, {"at": at, "quiet": quiet})
    return [Quiet._make(row) for row in rows]


async def longest_pauses(session: AsyncSession, source_id: UUID, last: datetime) -> list[timedelta]:
    """The longest pauses of a source before its last post, to an hour, the longest first."""
    given = {"source_id": source_id, "first": last - LOOKED_BACK, "last": last, "limit": PAUSES_READ}
    return list(await session.scalars(PAUSES, given))


async def mark_silent(session: AsyncSession, quiet: Quiet) -> bool:
    """Mark a source as silent, unless it is no longer live."""
    is_so = Source.id == quiet.source_id, Source.state == "live", Source.silent_since.is_(None)
    marked = update(Source).where(*is_so).values(silent_since=quiet.since).returning(Source.id)
    return await session.scalar(marked) is not None


async def unmark_those_that_spoke(session: AsyncSession) -> None:
    """Mark those no more that have posted since."""
    await session.execute(SPOKE)


async def count_silent(session: AsyncSession) -> int:
    """How many live sources are silent."""
    silent = select(func.count()).where(Source.state == "live", Source.silent_since.is_not(None))
    return await session.scalar(silent) or 0
