"""Importing feedback from files: each row belongs to the organisation that it is about."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from services.feedback.imports.fft import read_feedback, read_rows
from services.feedback.items.bulk import sort_offered_feedback, split_into_batches, store_prepared_feedback
from services.feedback.items.domain import give_with_locks
from services.feedback.items.intake import IntakeTools, Origin
from services.feedback.items.rows import prepare_feedback
from services.feedback.items.schemas import NewFeedback
from shared.clock import now

Report = Callable[[int, int], None]


@dataclass(slots=True)
class ImportSummary:
    """How many rows were new, changed, unchanged or rejected."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: list[str] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)

    @property
    def done(self) -> int:
        """How many rows are finished."""
        return self.new + self.changed + self.unchanged + len(self.rejected)


@dataclass(frozen=True, slots=True)
class FeedbackImporter:
    """Imports files over a separate connection."""

    connection: "asyncpg.Connection[asyncpg.Record]"
    sessions: async_sessionmaker[AsyncSession]
    tools: IntakeTools

    async def import_file(self, path: Path, report: Report) -> ImportSummary:
        """Store the feedback in a file; a second time changes nothing."""
        read = list(read_feedback(read_rows(path)))
        summary = ImportSummary(rejected=[each for each in read if isinstance(each, str)])
        usable = [each for each in read if not isinstance(each, str)]
        summary.left_out.update(left.field for each in usable for left in each.left_out)
        for ref, group in group_by_organisation(usable):
            async with self.sessions() as session:
                find_body = self.tools.bodies.find_body
                organisation_id = await find_body(session, "organisation", ref, "/organisations/0")
            await self.import_for(organisation_id, group, summary, lambda: report(summary.done, len(read)))
        return summary

    async def import_for(
        self,
        organisation_id: UUID,
        offered: list[NewFeedback],
        summary: ImportSummary,
        report: Callable[[], None],
    ) -> None:
        """Store the feedback about one organisation."""
        origin = Origin(None, organisation_id, None, now())
        sorted_feedback = await sort_offered_feedback(self.connection, offered, origin.id, self.tools)
        summary.unchanged += len(sorted_feedback.unchanged)
        report()
        for batch in split_into_batches(sorted_feedback.new):
            async with self.sessions() as session:
                bodies = [await self.tools.bodies.find(session, new.body_refs) for new in batch]
            pairs = zip(batch, bodies, strict=True)
            prepared = [await prepare_feedback(new, origin, self.tools, about) for new, about in pairs]
            await store_prepared_feedback(self.connection, prepared)
            summary.new += len(batch)
            report()
        for new in sorted_feedback.changed:
            async with self.sessions.begin() as session:
                given = await give_with_locks(session, new, origin=origin, tools=self.tools)
            # Another import may have brought the same, or later words, meanwhile.
            summary.changed += given.outcome == "revision"
            summary.unchanged += given.outcome != "revision"
            report()


def group_by_organisation(offered: Iterable[NewFeedback]) -> list[tuple[str, list[NewFeedback]]]:
    """The feedback, by the organisation that it is about."""
    ordered = sorted(offered, key=lambda new: new.body_refs.organisations[0])
    return [(ref, list(group)) for ref, group in groupby(ordered, lambda new: new.body_refs.organisations[0])]
