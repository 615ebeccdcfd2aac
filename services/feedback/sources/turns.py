"""Whose payloads are mapped next: organisations that wait share a worker's time, however much each sends.

The order is that of start-time fair queuing: each organisation has a clock, which runs by the time that its
payloads took, and the next payload is that of the one whose clock shows least. An organisation that had
nothing to do meanwhile saves up no time. One that took more than its share pays it back while others
wait. In the same way
the sources of one organisation share its time: with many it has no more of it.
"""

import contextlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ARRAY, Float, Uuid, bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.sources.models import Payload

# What a payload of a source is expected to take that has not sent any lately.
USUAL_SECONDS = 0.01
# So many of each source are looked at: those that other workers have locked are among them.
LOOKED_AT = 100
# Everybody else locks feedback before its payloads. Who holds payloads first must give way, before PostgreSQL
# looks for two that wait for each other (after a second) and ends one of them.
GIVE_WAY = text("SET LOCAL lock_timeout = '100ms'")
# The sources that wait are found by one look into the index for each, however many payloads they have.
DUE = text("""
    WITH RECURSIVE waiting AS (
        (SELECT source_id FROM source_received WHERE state = 'received' ORDER BY source_id LIMIT 1)
        UNION ALL
        SELECT (SELECT r.source_id FROM source_received r
                WHERE r.state = 'received' AND r.source_id > w.source_id ORDER BY r.source_id LIMIT 1)
        FROM waiting w WHERE w.source_id IS NOT NULL
    ), due_of_source AS (
        SELECT d.id, d.next_try_at, s.organisation_id, coalesce(t.each, :usual) AS each,
            coalesce(t.ahead, 0) + coalesce(t.each, :usual)
            * (row_number() OVER (PARTITION BY w.source_id ORDER BY d.next_try_at, d.id) - 1) AS begins
        FROM waiting w
        JOIN source s ON s.id = w.source_id
        CROSS JOIN LATERAL (
            SELECT r.id, r.next_try_at FROM source_received r
            WHERE r.source_id = w.source_id AND r.state = 'received' AND r.next_try_at <= :at
            ORDER BY r.next_try_at LIMIT :looked_at
        ) d
        LEFT JOIN unnest(:sources, :ahead, :each) AS t (source_id, ahead, each) ON t.source_id = s.id
    ), due AS (
        SELECT id, next_try_at, coalesce(o.ahead, 0) - each
            + sum(each) OVER (PARTITION BY organisation_id ORDER BY begins, next_try_at, id) AS begins
        FROM due_of_source
        LEFT JOIN unnest(:organisations, :ahead_of_all) AS o (organisation_id, ahead) USING (organisation_id)
    )
    SELECT r.* FROM source_received r JOIN due ON due.id = r.id
    WHERE r.state = 'received'
    ORDER BY due.begins, due.next_try_at LIMIT :limit FOR UPDATE OF r SKIP LOCKED
""").bindparams(
    bindparam("sources", type_=ARRAY(Uuid)),
    bindparam("ahead", type_=ARRAY(Float)),
    bindparam("each", type_=ARRAY(Float)),
    bindparam("organisations", type_=ARRAY(Uuid)),
    bindparam("ahead_of_all", type_=ARRAY(Float)),
)


class UsedTime(NamedTuple):
    """Until when somebody has used up their share, and how many seconds their last payload took."""

    until: float
    each: float


@dataclass(slots=True)
class Turns:
    """The time that each has used of this worker, in seconds of a clock that runs while some wait."""

    clock: float = 0.0
    used: dict[UUID, UsedTime] = field(default_factory=dict)

    def add(self, who: UUID, seconds: float) -> None:
        """Count time that somebody used, from where their share begins."""
        before = self.used.get(who)
        self.clock = max(self.clock, before.until) if before else self.clock
        self.used[who] = UsedTime(self.clock + seconds, seconds)

    def forget_level(self) -> None:
        """Forget those who have used no more than their share."""
        self.used = {who: used for who, used in self.used.items() if used.until > self.clock}

    def ahead(self) -> list[float]:
        """By how many seconds each is ahead of the clock."""
        return [each.until - self.clock for each in self.used.values()]


@dataclass(slots=True)
class SourceTurns:
    """The time that each organisation has used of this worker, and within each its sources."""

    organisations: Turns = field(default_factory=Turns)
    within: dict[UUID, Turns] = field(default_factory=dict)

    @contextlib.contextmanager
    def turn(self, organisation_id: UUID, source_id: UUID) -> Iterator[None]:
        """Count the time of the block as used by a source and its organisation."""
        began = time.monotonic()
        try:
            yield
        finally:
            took = time.monotonic() - began
            self.organisations.add(organisation_id, took)
            self.within.setdefault(organisation_id, Turns()).add(source_id, took)

    def forget_level(self) -> None:
        """Forget the sources and organisations that have used no more than their share."""
        for turns in (self.organisations, *self.within.values()):
            turns.forget_level()
        self.within = {who: turns for who, turns in self.within.items() if turns.used}


async def lock_payloads_to_map(
    session: AsyncSession, at: datetime, limit: int, turns: SourceTurns | None = None
) -> Sequence[Payload]:
    """Payloads that are due, locked, in the order of their turns; others leave them to this worker.

    From now on this transaction waits for no lock: what is in use is mapped later.
    """
    await session.execute(GIVE_WAY)
    turns = turns or SourceTurns()
    turns.forget_level()
    sources = turns.within.values()
    given = {
        "at": at,
        "limit": limit,
        "looked_at": max(limit, LOOKED_AT),
        "usual": USUAL_SECONDS,
        "sources": [source for each in sources for source in each.used],
        "ahead": [ahead for each in sources for ahead in each.ahead()],
        "each": [used.each for each in sources for used in each.used.values()],
        "organisations": list(turns.organisations.used),
        "ahead_of_all": turns.organisations.ahead(),
    }
    return (await session.scalars(select(Payload).from_statement(DUE), given)).all()
