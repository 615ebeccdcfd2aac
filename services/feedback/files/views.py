"""Files as their senders see them: only the client that sent one sees its rows without masks."""

import asyncio
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.files import queries
from services.feedback.files.cells import Cell
from services.feedback.files.headings import propose_columns
from services.feedback.files.mapping import text_of_cell
from services.feedback.files.models import SentFile, SentSheet
from services.feedback.files.schemas import ColumnView, FileView, RowView, SheetView
from services.feedback.files.sealing import AboutSheet, FileSeals
from services.feedback.files.sheets import Row, letters_of_column
from shared.clock import day_in_england
from shared.masking import mask

PREVIEW_ROWS = 5
# A preview is there to tell columns apart. To mask all that a file may hold would take minutes.
CELL_CHARS, PREVIEW_CHARS = 300, 50_000
# What is cut is masked with so much of what follows, so that half a number is covered too.
BEYOND = 100
MORE = "…"


@dataclass(slots=True)
class Preview:
    """Shows the beginnings of cells and headings, until it has shown as much as a preview may."""

    masked: bool
    chars: int = PREVIEW_CHARS

    def show(self, text: str) -> str:
        """The beginning of a text; only a mark once the preview is full."""
        begun = text[: CELL_CHARS + BEYOND]
        self.chars -= len(begun)
        if self.chars < 0:
            return MORE
        is_whole = len(text) <= CELL_CHARS
        shown = mask(begun) if self.masked else begun
        return shown if is_whole else shown[: max(0, min(CELL_CHARS, len(shown) - BEYOND))] + MORE


async def file_view(
    session: AsyncSession, file: SentFile, client_id: UUID | None, seals: FileSeals
) -> FileView:
    """A file with its sheets, their headings and the first rows that are left."""
    about = seals.open_about(file.id, file.sealed)
    masked = client_id != file.client_id
    pieces = {each.sheet: each for each in await queries.first_pieces(session, file.id)}
    kept = zip(about["sheets"], await queries.sheets_of_file(session, file.id), strict=True)
    preview = Preview(masked)
    views = [
        (each, sheet, pieces[sheet.number].sealed if sheet.number in pieces else None) for each, sheet in kept
    ]

    def show_sheets() -> list[SheetView]:
        return [
            sheet_view(each, sheet, rows_of(file.id, sheet.number, sealed, seals), preview)
            for each, sheet, sealed in views
        ]

    return FileView(
        id=file.id,
        media=file.media,
        received_at=file.received_at,
        deleted_on=day_in_england(file.delete_at),
        encoding=about["encoding"],
        delimiter=about["delimiter"],
        hidden_sheets=about["hidden_sheets"],
        masked=masked,
        sheets=await asyncio.to_thread(show_sheets),
    )


def rows_of(file_id: UUID, sheet: int, sealed: bytes | None, seals: FileSeals) -> list[Row]:
    """The first rows that are left of a sheet."""
    return seals.open_rows(file_id, sheet, sealed)[:PREVIEW_ROWS] if sealed else []


def sheet_view(kept: AboutSheet, sheet: SentSheet, rows: list[Row], preview: Preview) -> SheetView:
    """A sheet with its first rows."""
    headings = [Cell(*cell) for cell in kept["headings"]]
    width = max([len(headings), *(len(row.cells) for row in rows)])
    shown = [shown_cell(cell, preview) for cell in headings] + [None] * (width - len(headings))
    columns = [
        ColumnView(column=letters_of_column(place), heading=text or None) for place, text in enumerate(shown)
    ]
    return SheetView(
        name=mask(kept["name"]) if preview.masked else kept["name"],
        headings_line=kept["headings_line"],
        columns=columns,
        proposed=propose_columns(headings),
        preview=[
            RowView(line=row.line, cells=[shown_cell(cell, preview) for cell in row.cells]) for row in rows
        ],
        rows=sheet.rows,
        stored=sheet.stored,
        done_to_line=sheet.done_to_line,
    )


def shown_cell(cell: Cell, preview: Preview) -> str | None:
    """A cell as the preview shows it."""
    text = text_of_cell(cell)
    return None if text is None else preview.show(text)
