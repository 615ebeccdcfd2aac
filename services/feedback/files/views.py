"""Files as their senders see them: only the client that sent one sees its rows without masks."""

from collections.abc import Callable
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
Show = Callable[[str], str]


async def file_view(
    session: AsyncSession, file: SentFile, client_id: UUID | None, seals: FileSeals
) -> FileView:
    """A file with its sheets, their headings and the first rows that are left."""
    about = seals.open_about(file.id, file.sealed)
    masked = client_id != file.client_id
    show: Show = mask if masked else str
    pieces = {each.sheet: each for each in await queries.first_pieces(session, file.id)}
    sheets = []
    for kept, sheet in zip(about["sheets"], await queries.sheets_of_file(session, file.id), strict=True):
        piece = pieces.get(sheet.number)
        rows = seals.open_rows(file.id, sheet.number, piece.sealed) if piece else []
        sheets.append(sheet_view(kept, sheet, rows[:PREVIEW_ROWS], show))
    return FileView(
        id=file.id,
        media=file.media,
        received_at=file.received_at,
        deleted_on=day_in_england(file.delete_at),
        encoding=about["encoding"],
        delimiter=about["delimiter"],
        hidden_sheets=about["hidden_sheets"],
        masked=masked,
        sheets=sheets,
    )


def sheet_view(kept: AboutSheet, sheet: SentSheet, rows: list[Row], show: Show) -> SheetView:
    """A sheet with its first rows."""
    headings = [Cell(*cell) for cell in kept["headings"]]
    width = max([len(headings), *(len(row.cells) for row in rows)])
    shown = [text_of_cell(cell) for cell in headings] + [None] * (width - len(headings))
    columns = [
        ColumnView(column=letters_of_column(place), heading=show(text) if text else None)
        for place, text in enumerate(shown)
    ]
    preview = [RowView(line=row.line, cells=[shown_cell(cell, show) for cell in row.cells]) for row in rows]
    return SheetView(
        name=show(kept["name"]),
        headings_line=kept["headings_line"],
        columns=columns,
        proposed=propose_columns(headings),
        preview=preview,
        rows=sheet.rows,
        stored=sheet.stored,
        done_to_line=sheet.done_to_line,
    )


def shown_cell(cell: Cell, show: Show) -> str | None:
    """A cell as the preview shows it."""
    text = text_of_cell(cell)
    return None if text is None else show(text)
