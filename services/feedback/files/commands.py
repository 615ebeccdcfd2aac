"""`doorway feedback import` of a spreadsheet: the same reading, mapping and resuming as through the API."""

import csv
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError
from rich.progress import Progress
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from services.feedback.files import domain, queries, views
from services.feedback.files.schemas import ColumnRule, FileView, NewRows, RowResult, RowsResult
from services.feedback.files.sealing import FileSeals
from services.feedback.files.sheets import FILE_BYTES_MAX, FileFault, ReadFile
from services.feedback.items.intake import IntakeTools, Origin
from services.feedback.settings import Settings
from shared.auth import Caller
from shared.clock import now
from shared.db import make_engine, make_sessions


class ImportStopped(Exception):
    """Why an import stopped, in words for the person at the terminal."""


class Asked(NamedTuple):
    """What the options of the command ask for."""

    columns: list[ColumnRule]
    sheet: str | None
    dry_run: bool


@dataclass(frozen=True, slots=True)
class SpreadsheetImport:
    """A spreadsheet that is imported from the command line for one organisation."""

    sessions: async_sessionmaker[AsyncSession]
    tools: IntakeTools
    seals: FileSeals
    organisation: str

    @classmethod
    @asynccontextmanager
    async def open(
        cls, settings: Settings, organisation: str, arrival_seconds: float
    ) -> AsyncIterator["SpreadsheetImport"]:
        """Open what an import needs for as long as the block runs."""
        engine = make_engine(settings)
        try:
            async with IntakeTools.open(settings) as tools:
                seals = FileSeals(settings.seal_key)
                patient = tools.awaiting_all(arrival_seconds)
                yield cls(make_sessions(engine), patient, seals, organisation)
        finally:
            await engine.dispose()

    async def run(self, content: bytes, asked: Asked, progress: Progress) -> list[RowResult]:
        """Import a file; what became of each line. Where no columns are given, the headings say them."""
        read = read_or_stop(content)
        origin = await self.find_origin()
        file = await self.keep(read, content, origin)
        sheet = next((each for each in file.sheets if asked.sheet in {None, each.name}), None)
        if sheet is None:
            raise ImportStopped("the file has no such sheet that is shown")
        columns = asked.columns or sheet.proposed
        if not columns:
            raise ImportStopped("no heading says what its column is: give --column")
        rules = NewRows(columns=columns, sheet=sheet.name, dry_run=asked.dry_run)
        bar = progress.add_task("rows", total=sheet.rows, completed=0 if rules.dry_run else sheet.stored)
        results: list[RowResult] = []
        after = 0 if rules.dry_run else None
        while True:
            done = await self.import_piece(file, rules.model_copy(update={"after_line": after}), origin)
            results += done.results
            progress.update(bar, advance=len(done.results))
            if done.is_done:
                return results
            after = done.done_to_line if rules.dry_run else None

    async def find_origin(self) -> Origin:
        """Whose feedback it is: the organisation sends it."""
        async with self.sessions() as session:
            find = self.tools.bodies.find_body
            organisation_id = await find(session, "organisation", self.organisation, "/organisation")
        return Origin(None, organisation_id, None, now())

    async def keep(self, read: ReadFile, content: bytes, origin: Origin) -> FileView:
        """Keep the file, or find it from an import that broke off."""
        digest = self.seals.digest_of(content, origin.id, None)
        async with self.sessions.begin() as session:
            file = await domain.keep_file(session, read, digest, origin, self.seals)
            return await views.file_view(session, file, None, self.seals)

    async def import_piece(self, file: FileView, asked: NewRows, origin: Origin) -> RowsResult:
        """Import the next rows, in a transaction of their own."""
        async with self.sessions.begin() as session:
            caller = Caller(organisation_id=origin.organisation_id)
            kept = await queries.find_file(session, file.id, caller, now(), lock=True)
            if kept is None:
                raise ImportStopped("the file was deleted meanwhile: import it again")
            return await domain.import_rows(session, kept, asked, origin, self.tools, self.seals)


def read_or_stop(content: bytes) -> ReadFile:
    """The sheets of a file; ImportStopped."""
    if len(content) > FILE_BYTES_MAX:
        raise ImportStopped(f"a file has at most {FILE_BYTES_MAX // 1_048_576} MiB: split it")
    try:
        return domain.read_file(content)
    except FileFault as fault:
        raise ImportStopped(str(fault)) from None


def rules_of_options(columns: Sequence[str], sheet: str | None, *, dry_run: bool) -> Asked:
    """What `--column A=experienced_on` and the other options ask for; ImportStopped."""
    try:
        return Asked([rule_of_option(each) for each in columns], sheet, dry_run)
    except ValidationError as error:
        fault = error.errors(include_input=False, include_url=False)[0]
        raise ImportStopped(f"--column: {fault['msg']}") from None


def rule_of_option(option: str) -> ColumnRule:
    """The rule in an option such as `B=rating:fft` or `C=answer:What was good?`."""
    column, _, told = option.partition("=")
    target, _, more = told.partition(":")
    names = {"rating": "scale", "answer": "question", "score": "question"}
    given = {"column": column, "to": target}
    return ColumnRule.model_validate(given | ({names[target]: more} if more and target in names else {}))


def write_answers(path: Path, results: Sequence[RowResult]) -> None:
    """Write what became of each line as CSV, with the reply codes for the people."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["line", "id", "reply_code", "outcome", "column", "error", "detail"])
        for each in results:
            told = (each.line, each.id, each.reply_code, each.outcome, each.column, each.error, each.detail)
            writer.writerow(["" if value is None else value for value in told])
