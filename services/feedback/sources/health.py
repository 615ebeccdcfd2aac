"""How a source is: what it sent lately, how much of it could not be mapped, and whether it has fallen silent.

A source is silent once it has sent nothing for `silent_after_hours`. Where it does not say, that is twice its
second longest pause of the 28 days before its last post, and at least 24 hours. So a free weekend is no
silence, and one failure does not make the next one seem usual. Before it has paused four times it is 7 days.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from prometheus_client import Gauge
from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.sources import silence
from services.feedback.sources.models import Source
from services.feedback.sources.schemas import SourceHealth
from shared.clock import now
from shared.events.feedback import SourceFellSilent
from shared.ids import new_id
from shared.outbox import Outbox, outbox_values
from shared.worker import WorkerContext

WEEK = timedelta(days=7)
DAY = timedelta(days=1)
SHORTEST = timedelta(minutes=1)
QUIET_MIN = timedelta(hours=24)
TIMES_USUAL = 2
PAUSES_MIN = 4
UNTIL_KNOWN = timedelta(days=7)
silent_sources = Gauge(
    "doorway_sources_silent", "Live sources of feedback that have sent nothing for longer than is usual."
)


async def health_of_sources(
    session: AsyncSession, sources: Collection[Source]
) -> Mapping[UUID, SourceHealth]:
    """How each source is, from the last 500 payloads of each at most."""
    at = now()
    rows = await silence.recent_of_sources(session, [each.id for each in sources], at - WEEK)
    by_id = {each.id: each for each in sources}
    return {row.source_id: _health(by_id[row.source_id], row, at) for row in rows}


def _health(source: Source, recent: silence.Recent, at: datetime) -> SourceHealth:
    tried, failed = recent.received + recent.refused, recent.waiting + recent.refused
    has_spoken = source.silent_since is not None and (recent.last_received_at or at) > source.silent_since
    is_silent = source.state == "live" and not (recent.last_received_at and has_spoken)
    return SourceHealth(
        last_received_at=recent.last_received_at,
        last_mapped_at=recent.last_mapped_at,
        received_per_day=round(recent.received / (_span(source, recent, at) / DAY), 1),
        error_rate=round(failed / tried, 3) if tried else None,
        silent_since=source.silent_since if is_silent else None,
    )


def _span(source: Source, recent: silence.Recent, at: datetime) -> timedelta:
    """Over how long what it sent lately was counted."""
    if recent.oldest is not None and recent.received >= silence.COUNTED_MAX:
        return max(at - recent.oldest, SHORTEST)
    return min(max(at - source.created_at, DAY), WEEK)


async def silent_after(session: AsyncSession, quiet: silence.Quiet) -> timedelta:
    """After how long without a post a source is silent."""
    if quiet.silent_after_hours is not None:
        return timedelta(hours=quiet.silent_after_hours)
    pauses = await silence.longest_pauses(session, quiet.source_id, quiet.since)
    if len(pauses) < PAUSES_MIN:
        return UNTIL_KNOWN
    return max(QUIET_MIN, TIMES_USUAL * pauses[1])


async def tell_of_silence(session: AsyncSession) -> int:
    """Mark the live sources that have fallen silent, each with one event; return how many are silent.

    A source that posts again is marked no more, so that its next silence is told of too.
    """
    at = now()
    await silence.unmark_those_that_spoke(session)
    for quiet in await silence.quiet_sources(session, at, QUIET_MIN):
        limit = await silent_after(session, quiet)
        if at - quiet.since >= limit and await silence.mark_silent(session, quiet):
            event = SourceFellSilent(
                silence_id=new_id(),
                source_id=quiet.source_id,
                silent_since=quiet.since,
                silent_after_hours=round(limit / timedelta(hours=1)),
                organisations=(quiet.organisation_id,),
            )
            session.add(Outbox(**outbox_values(event, 1)))
    return await silence.count_silent(session)


async def look_for_silence(context: WorkerContext) -> None:
    """Tell of the sources that have fallen silent, and count them for the metrics."""
    async with context.transaction() as session:
        silent_sources.set(await tell_of_silence(session))
    context.notifier.notify_soon()
