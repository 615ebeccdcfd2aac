"""Importing feedback from files: each row belongs to the organisation that it is about."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from services.feedback.imports.fft import readable, rows_of
from services.feedback.items.bulk import batches, sort, store_all
from services.feedback.items.desk import Desk, Origin
from services.feedback.items.domain import give
from services.feedback.items.intake import About, prepare
from services.feedback.items.schemas import NewFeedback
from services.feedback.places.domain import organisation_id_of
from shared.clock import now

Report = Callable[[int, int], None]


@dataclass(slots=True)
class Summary:
    """What became of the rows."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: list[str] = field(default_factory=list)

    @property
    def done(self) -> int:
        """How many rows were dealt with."""
        return self.new + self.changed + self.unchanged + len(self.rejected)


@dataclass(frozen=True, slots=True)
class Importer:
    """What an import needs."""

    connection: "asyncpg.Connection[asyncpg.Record]"
    sessions: async_sessionmaker[AsyncSession]
    desk: Desk

    async def load(self, path: Path, report: Report) -> Summary:
        """Store what a file holds; a second time changes nothing."""
        read = list(readable(rows_of(path)))
        summary = Summary(rejected=[each for each in read if isinstance(each, str)])
        usable = (each for each in read if not isinstance(each, str))
        for ref, group in by_organisation(usable):
            async with self.sessions() as session:
                organisation_id = await organisation_id_of(session, ref, self.desk, "/organisation")
            await self.load_for(organisation_id, group, summary, lambda: report(summary.done, len(read)))
        return summary

    async def load_for(
        self, organisation_id: UUID, offered: list[NewFeedback], summary: Summary, report: Callable[[], None]
    ) -> None:
        """Store what is about one organisation."""
        origin = Origin(None, organisation_id, None, now())
        found = await sort(self.connection, offered, origin.id, self.desk)
        summary.unchanged += found.unchanged
        report()
        for batch in batches(found.new):
            about = About(None, [organisation_id])
            await store_all(self.connection, [prepare(new, origin, self.desk, about) for new in batch])
            summary.new += len(batch)
            report()
        for new in found.changed:
            async with self.sessions.begin() as session:
                await give(session, new, origin=origin, desk=self.desk)
            summary.changed += 1
            report()


def by_organisation(offered: Iterable[NewFeedback]) -> list[tuple[str, list[NewFeedback]]]:
    """Return what is offered by the organisation that it is about."""
    ordered = sorted(offered, key=lambda new: new.body_refs[0])
    return [(ref, list(group)) for ref, group in groupby(ordered, key=lambda new: new.body_refs[0])]
