"""Shapes of files: what was found in one, how its columns become feedback, and what became of each line."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from services.feedback.files.cells import Dates
from services.feedback.files.sheets import COLUMNS_MAX, SHEET_NAME_CHARS_MAX, Media
from services.feedback.items.schemas import NOTICE, Kind, Outcome, Permissions
from services.feedback.leaving_out import LeftOutView
from shared.masking import FieldMasks
from shared.schemas import Answer, BodyRef, Line, Moment, Schema

Target = Literal[
    "text",
    "answer",
    "score",
    "rating",
    "experienced_on",
    "organisation",
    "footprint",
    "postcode",
    "touchpoint",
    "theme",
    "kind",
    "language",
    "proxy_by",
    "publish",
    "external_id",
]
Column = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z]{1,2}$", to_upper=True), Field(description="As in `A` or `AB`.")
]
MISSING = ["NULL", "N/A", "NA", "#N/A", "None", "nil", "-"]


class ColumnRule(Schema):
    """What one column becomes."""

    column: Column
    to: Target
    question: Line | None = Field(None, description="The question of an answer; its heading if left out.")
    scale: str | None = Field(None, max_length=9, description="The scale of a rating: `fft`, `1-5`.")
    values: dict[Line, Line] = Field(
        {}, max_length=100, description='What a cell\'s words stand for: `{"Inpatients": "ods:RX6"}`.'
    )


class NewRows(Schema):
    """How the columns of a sheet become feedback."""

    sheet: str | None = Field(
        None, max_length=SHEET_NAME_CHARS_MAX, description="Its name; the first sheet if left out."
    )
    columns: list[ColumnRule] = Field(min_length=1, max_length=COLUMNS_MAX)
    kind: Kind = "survey_response"
    organisation: BodyRef | None = Field(
        None, description="Whom all lines are about that name nobody; your own organisation if left out."
    )
    permissions: Permissions = Permissions()
    dates: Dates = Field("day_first", description="The order of dates such as 03/04/2026.")
    missing: list[Line] = Field(MISSING, max_length=50, description="Words that mean that nothing was said.")
    dry_run: bool = Field(False, description="Check the next lines, and store nothing.")
    after_line: int | None = Field(
        None, ge=0, description="Go on after this line; where the last request ended if left out."
    )


class ColumnView(Answer):
    """A column of a sheet."""

    column: str
    heading: str | None


class RowView(Answer):
    """The beginnings of the cells of a row; null where a cell is blank."""

    line: int
    cells: list[str | None] = Field(description="`…` ends what is cut, and stands for what has no room.")


class SheetView(Answer):
    """A sheet that people see: its headings, its first rows, and how far its import is."""

    name: str
    headings_line: int | None
    columns: list[ColumnView]
    proposed: list[ColumnRule] = Field(
        description="What the headings say: check it, and send it as `columns`."
    )
    preview: list[RowView]
    rows: int = Field(description="How many rows the sheet had below its headings.")
    stored: int = Field(description="How many were stored. What is stored is no longer kept in the file.")
    done_to_line: int = Field(description="The line to which the rows were gone through.")


class FileView(Answer):
    """A file that was sent, and what was found in it."""

    id: UUID
    media: Media
    received_at: Moment
    deleted_on: date = Field(description="The day on which what is left of it is deleted.")
    encoding: str | None
    delimiter: str | None
    hidden_sheets: int = Field(description="How many sheets were passed over because they are hidden.")
    masked: bool = Field(description="Whether personal data is covered: only its sender sees the rows.")
    sheets: list[SheetView]


class RowResult(Answer):
    """What became of one line: its id and reply code, or what is wrong in which column."""

    line: int
    id: UUID | None = None
    reply_code: str | None = None
    reply_code_notice: str | None = None
    outcome: Outcome | None = None
    left_out: list[LeftOutView] = Field([])
    masked: list[FieldMasks] = Field([])
    error: str | None = None
    column: str | None = Field(None, description="The column that is wrong, as the spreadsheet names it.")
    detail: str | None = None


class RowsResult(Answer):
    """What became of the next lines of a sheet."""

    dry_run: bool
    accepted: int
    rejected: int
    results: list[RowResult]
    rows: int
    stored: int
    done_to_line: int
    is_done: bool = Field(description="Whether this was the last of the sheet. If not, send the same again.")
    notice: str = NOTICE
