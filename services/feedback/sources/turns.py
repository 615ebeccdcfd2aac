"""Whose payloads are mapped next: the sources that wait share a worker's time, however much each sends.

The order is that of start-time fair queuing: each source has a clock, which runs by the time that its
payloads took, and the next payload is that of the source whose clock shows least. Who had nothing to do
meanwhile saves up no time, and who took more than its share pays it back while others wait.
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
    ), due AS (
        SELECT d.id, d.next_try_at, coalesce(t.ahead, 0) + coalesce(t.each, :usual)
            * (row_number() OVER (PARTITION BY w.source_id ORDER BY d.next_try_at, d.id) - 1) AS begins
        FROM waiting w
        CROSS JOIN LATERAL (
            SELECT r.id, r.next_try_at FROM source_received r
            WHERE r.source_id = w.source_id AND r.state = 'received' AND r.next_try_at <= :at
            ORDER BY r.next_try_at LIMIT :looked_at
        ) d
        LEFT JOIN unnest(:sources, :ahead, :each) AS t (source_id, ahead, each) USING (source_id)
        WHERE w.source_id IS NOT NULL
    )
    SELECT r.* FROM source_received r JOIN due ON due.id = r.id
    WHERE r.state = 'received'
    ORDER BY due.begins, due.next_try_at LIMIT :limit FOR UPDATE OF r SKIP LOCKED
""").bindparams(
    bindparam("sources", type_=ARRAY(Uuid)),
    bindparam("ahead", type_=ARRAY(Float)),
    bindparam("each", type_=ARRAY(Float)),
)


class UsedTime(NamedTuple):
    """Until when a source has used up its share, and how many seconds its last payload took."""

    until: float
    each: float


@dataclass(slots=True)
class SourceTurns:
    """The time that each source has used of this worker, in seconds of a clock that runs while some wait."""

    clock: float = 0.0
    used: dict[UUID, UsedTime] = field(default_factory=dict)

    @contextlib.contextmanager
    def turn(self, source_id: UUID) -> Iterator[None]:
        """Count the time of the block as used by a source."""
        before = self.used.get(source_id)
        self.clock = max(self.clock, before.until) if before else self.clock
        began = time.monotonic()
        try:
            yield
        finally:
            took = time.monotonic() - began
            self.used[source_id] = UsedTime(self.clock + took, took)

    def forget_level(self) -> None:
        """Forget the sources that have used no more than their share."""
        self.used = {source: used for source, used in self.used.items() if used.until > self.clock}


async def lock_payloads_to_map(
    session: AsyncSession, at: datetime, limit: int, turns: SourceTurns | None = None
) -> Sequence[Payload]:
    """Payloads that are due, locked, in the order of their sources' turns; others leave them to this worker.

    From now on this transaction waits for no lock: what is in use is mapped later.
    """
    await session.execute(GIVE_WAY)
    turns = turns or SourceTurns()
    turns.forget_level()
    given = {
        "at": at,
        "limit": limit,
        "looked_at": max(limit, LOOKED_AT),
        "usual": USUAL_SECONDS,
        "sources": list(turns.used),
        "ahead": [each.until - turns.clock for each in turns.used.values()],
        "each": [each.each for each in turns.used.values()],
    }
    return (await session.scalars(select(Payload).from_statement(DUE), given)).all()
