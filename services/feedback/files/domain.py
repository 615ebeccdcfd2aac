"""A file is read when it comes; its rows become feedback a piece at a time, and leave it as they do."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.batches.domain import Batch
from services.feedback.errors import FileNotYours, FileUnknown, SheetUnknown, TooManyFiles
from services.feedback.files import queries
from services.feedback.files.cells import Cell
from services.feedback.files.delimited import read_delimited
from services.feedback.files.headings import find_headings
from services.feedback.files.mapping import RowFault, SheetRules, external_ids_of
from services.feedback.files.models import SentFile, SentPiece, SentSheet
from services.feedback.files.schemas import NewRows, RowResult, RowsResult
from services.feedback.files.sealing import AboutFile, AboutSheet, FileSeals
from services.feedback.files.sheets import ReadFile, Row, Sheet
from services.feedback.files.workbooks import read_workbook
from services.feedback.items.intake import IntakeTools, Origin
from services.feedback.items.schemas import NewFeedback
from shared.auth import Caller
from shared.clock import now
from shared.db import driver_of, wake_after_commit
from shared.errors import Problem
from shared.idempotency import erase_answers
from shared.ids import new_id

KEPT = timedelta(days=30)
FILES_MAX = 50
PIECE_ROWS = 500
ARCHIVE = b"PK"
OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"


def read_file(content: bytes) -> ReadFile:
    """The sheets of a file, whatever it is called; FileFault."""
    is_workbook = content.startswith((ARCHIVE, OLD_WORKBOOK))
    return read_workbook(content) if is_workbook else read_delimited(content)


async def keep_file(
    session: AsyncSession,
    read: ReadFile,
    digest: bytes,
    origin: Origin,
    seals: FileSeals,
    headings_line: int | None = None,
) -> SentFile:
    """Keep a file for its import, or find the same one of the same sender; TooManyFiles."""
    at = now()
    file = SentFile(id=new_id(), client_id=origin.client_id, organisation_id=origin.organisation_id)
    file.digest, file.media, file.received_at, file.delete_at = digest, read.media, at, at + KEPT
    if same := await queries.find_same_file(session, file, at):
        return same
    if await queries.count_files(session, file) >= FILES_MAX:
        raise TooManyFiles
    abouts = [about_sheet(sheet, headings_line) for sheet in read.sheets]
    file.sealed = seals.seal_about(
        file.id,
        AboutFile(
            encoding=read.encoding,
            delimiter=read.delimiter,
            hidden_sheets=read.hidden_sheets,
            sheets=abouts,
        ),
    )
    session.add(file)
    await session.flush()
    for number, (sheet, about) in enumerate(zip(read.sheets, abouts, strict=True)):
        rows = [row for row in sheet.rows if row.line > (about["headings_line"] or 0)]
        session.add(SentSheet(file_id=file.id, number=number, rows=len(rows), stored=0, done_to_line=0))
        add_pieces(session, file.id, number, rows, seals)
    await session.flush()
    return file


def about_sheet(sheet: Sheet, headings_line: int | None) -> AboutSheet:
    """What is kept of a sheet besides its rows; its headings stand where somebody said, or are found."""
    said = next((row for row in sheet.rows if row.line == headings_line), None)
    headings = find_headings(sheet.rows) if headings_line is None else said
    return AboutSheet(
        name=sheet.name,
        first_day=sheet.first_day.isoformat(),
        headings_line=headings.line if headings else None,
        headings=[(cell.kind, cell.text) for cell in headings.cells] if headings else [],
    )


def add_pieces(
    session: AsyncSession, file_id: UUID, sheet: int, rows: Sequence[Row], seals: FileSeals
) -> None:
    """Keep the rows of a sheet in sealed pieces."""
    for start in range(0, len(rows), PIECE_ROWS):
        some = rows[start : start + PIECE_ROWS]
        sealed = seals.seal_rows(file_id, sheet, some)
        session.add(SentPiece(file_id=file_id, sheet=sheet, last_line=some[-1].line, sealed=sealed))


@dataclass(slots=True)
class RowsImport:
    """The import of the next rows of a sheet."""

    session: AsyncSession
    file: SentFile
    sheet: SentSheet
    rules: SheetRules
    seals: FileSeals
    batch: Batch

    async def go_on(self) -> RowsResult:
        """Store the next rows, or check them; what is stored leaves the file."""
        asked = self.rules.asked
        digest = digest_of_asked(asked)
        if not asked.dry_run and self.sheet.asked != digest:
            self.sheet.asked, self.sheet.done_to_line = digest, 0
        after = self.sheet.done_to_line if asked.after_line is None else asked.after_line
        if asked.dry_run and asked.after_line is None:
            after = 0
        piece = await queries.next_piece(self.session, self.file.id, self.sheet.number, after)
        if piece is None:
            return self.result([], after, is_done=True)
        rows = self.seals.open_rows(self.file.id, self.sheet.number, piece.sealed)
        last_line = piece.last_line
        results = await self.map_rows([row for row in rows if row.line > after])
        following = await queries.next_piece(self.session, self.file.id, self.sheet.number, last_line)
        if not asked.dry_run:
            await self.take_out(piece, rows, {each.line for each in results if each.error is None})
            self.sheet.done_to_line = last_line
        return self.result(results, last_line, is_done=following is None)

    async def map_rows(self, rows: Sequence[Row]) -> list[RowResult]:
        """What becomes of rows, in their order."""
        offered: dict[int, NewFeedback] = {}
        results: list[RowResult] = []
        for row in rows:
            await asyncio.sleep(0)  # others go on meanwhile
            try:
                offered[row.line] = self.rules.feedback_of_row(row)
            except RowFault as fault:
                detail = f"column {fault.column}: {fault.detail}" if fault.column else fault.detail
                results.append(RowResult(line=row.line, error="invalid", column=fault.column, detail=detail))
        results += await (self.check(offered) if self.rules.asked.dry_run else self.store(offered))
        return sorted(results, key=lambda each: each.line)

    async def check(self, offered: dict[int, NewFeedback]) -> list[RowResult]:
        """What would become of feedback: whether the bodies that it names are known."""
        results = []
        for line, new in offered.items():
            try:
                await self.batch.find_bodies(new.body_refs)
                results.append(RowResult(line=line))
            except Problem as problem:
                results.append(self.refused(line, problem.code, problem.detail))
        return results

    async def store(self, offered: dict[int, NewFeedback]) -> list[RowResult]:
        """Store feedback, a result for each line."""
        await self.batch.store_offered(offered)
        wake_after_commit(self.session)
        return [
            self.refused(each.line, each.error, each.detail)
            if each.error
            else RowResult.model_validate(each.model_dump())
            for each in self.batch.results
        ]

    def refused(self, line: int, code: str, detail: str | None) -> RowResult:
        """A line that was refused as it was stored: mostly it names a body that is not known."""
        targets = ("postcode",) if "postcode" in code else ("organisation", "footprint")
        column = next((rule.column for rule in self.rules.asked.columns if rule.to in targets), None)
        return RowResult(line=line, error=code, column=column, detail=detail)

    async def take_out(self, piece: SentPiece, rows: Sequence[Row], stored: set[int]) -> None:
        """Keep of a piece only what did not become feedback."""
        if stored:
            # What was answered when the file came shows its first rows: an erasure of what they became would
            # not find it.
            await erase_answers(self.session, [self.file.id])
        self.sheet.stored += len(stored)
        left = [row for row in rows if row.line not in stored]
        await self.session.execute(
            delete(SentPiece).where(
                SentPiece.file_id == piece.file_id,
                SentPiece.sheet == piece.sheet,
                SentPiece.last_line == piece.last_line,
            )
        )
        self.session.expunge(piece)
        add_pieces(self.session, self.file.id, self.sheet.number, left, self.seals)

    def result(self, results: list[RowResult], done_to_line: int, *, is_done: bool) -> RowsResult:
        """What became of these lines."""
        accepted = sum(each.error is None for each in results)
        return RowsResult(
            dry_run=self.rules.asked.dry_run,
            accepted=accepted,
            rejected=len(results) - accepted,
            results=results,
            rows=self.sheet.rows,
            stored=self.sheet.stored,
            done_to_line=done_to_line,
            is_done=is_done,
        )


def digest_of_asked(asked: NewRows) -> bytes:
    """What tells one way to map a sheet from another."""
    told = asked.model_dump_json(exclude={"dry_run", "after_line"})
    return hashlib.sha256(told.encode()).digest()


async def import_rows(
    session: AsyncSession,
    file: SentFile,
    asked: NewRows,
    origin: Origin,
    tools: IntakeTools,
    seals: FileSeals,
) -> RowsResult:
    """Turn the next rows of a sheet into feedback, or only check them; SheetUnknown."""
    about = seals.open_about(file.id, file.sealed)
    number = number_of_sheet(about, asked.sheet)
    kept = about["sheets"][number]
    sheet = (await queries.sheets_of_file(session, file.id))[number]
    own = str(origin.organisation_id) if origin.organisation_id else None
    rules = SheetRules(
        asked,
        [Cell(*cell) for cell in kept["headings"]],
        date.fromisoformat(kept["first_day"]),
        asked.organisation or own,
        external_ids_of(file.digest[:8].hex(), number),
    )
    batch = Batch(session, await driver_of(session), tools, origin)
    return await RowsImport(session, file, sheet, rules, seals, batch).go_on()


def number_of_sheet(about: AboutFile, name: str | None) -> int:
    """The place of a sheet by its name, or of the first; SheetUnknown."""
    names = [sheet["name"] for sheet in about["sheets"]]
    if not names or (name is not None and name not in names):
        raise SheetUnknown.at("/sheet")
    return names.index(name) if name is not None else 0


async def find_own_file(
    session: AsyncSession, file_id: UUID, caller: Caller, *, to_import: bool = False
) -> SentFile:
    """A file of the caller's; FileUnknown, and FileNotYours if only another client may import it."""
    file = await queries.find_file(session, file_id, caller, now(), lock=to_import)
    if file is None:
        raise FileUnknown
    if to_import and file.client_id != caller.client_id:
        raise FileNotYours
    return file


async def delete_file(session: AsyncSession, file: SentFile) -> None:
    """Delete a file and what is left of its rows; what became feedback stays."""
    await erase_answers(session, [file.id])
    await session.delete(file)
