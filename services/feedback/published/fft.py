"""Reads Friends and Family Test workbooks as NHS England publishes them; withheld is not zero, nor none."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from services.feedback.files.cells import Cell
from services.feedback.files.sheets import FileFault, ReadFile, Row, Sheet
from services.feedback.published.schemas import CareService, Figure, Level

TITLE = re.compile(
    r"(Inpatient|A&E|Ambulance)\b.*\(FFT\) data - ([A-Z][a-z]+ \d{4})", re.IGNORECASE | re.DOTALL
)
SERVICES: Mapping[str, CareService] = {
    "inpatient": "inpatient",
    "a&e": "a_and_e",
    "ambulance": "ambulance_patient_transport",
}
LEVELS: Mapping[str, Level] = {
    "icb": "icb",
    "trusts": "trust",
    "sites": "site",
    "wards": "ward",
    "pts icb": "icb",
    "pts org": "trust",
}
MODES_SHEET = "mode org"
CODES = {"icb code": "icb", "trust code": "trust", "org code": "trust", "site code": "site"}
NAMES: Mapping[Level, tuple[str, ...]] = {
    "england": (),
    "icb": ("icb name",),
    "trust": ("trust name", "organisation name"),
    "site": ("site name",),
    "ward": ("ward name",),
}
FIGURES = {
    "total responses": "responses",
    "total eligible": "eligible",
    "percentage positive": "positive",
    "percentage negative": "negative",
    "very good": "very_good",
    "good": "good",
    "neither good nor poor": "neither_good_nor_poor",
    "poor": "poor",
    "very poor": "very_poor",
    "don't know": "dont_know",
}
ANSWERS = tuple(FIGURES.values())[4:]
MODES = (
    "SMS",
    "Electronic Discharge",
    "Electronic Home",
    "Paper Discharge",
    "Paper Home",
    "Telephone",
    "Online",
    "Other",
)
MODE_NAMES = {name.lower(): re.sub(r"\W", "_", name.lower()) for name in MODES}
HEADINGS_WITHIN = 30
WITHHELD = {"*"}
NONE = {"-", "–", "n/a"}
# Percentages may be rounded to whole ones.
ROUNDED_BY = 0.0051


@dataclass(slots=True)
class PublishedRow:
    """One row of a workbook: which body of which level, and its figures."""

    sheet: str
    line: int
    level: Level
    codes: dict[str, str]
    name: str
    figures: dict[str, Figure]
    modes: dict[str, Figure] = field(default_factory=dict)


@dataclass(slots=True)
class PublishedFile:
    """A workbook of one service and month, with the rows that contradict themselves left out."""

    service: CareService
    month: date
    rows: list[PublishedRow] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


class RowContradicts(ValueError):
    """A row whose figures cannot all be true, or that holds an error."""


def read_published(read: ReadFile) -> PublishedFile:
    """The rows of a workbook by level; FileFault if it is no such workbook."""
    service, month = title_of(read.sheets)
    file, modes = PublishedFile(service, month), dict[tuple[str, str], dict[str, Figure]]()
    for sheet in read.sheets:
        name = sheet.name.strip().lower()
        if name == MODES_SHEET:
            modes |= {key_of(row): row.modes for row in rows_of_sheet(sheet, "trust", file)}
        elif level := LEVELS.get(name):
            # Each sheet repeats the rows of England.
            said = {row.name for row in file.rows if row.level == "england"}
            file.rows += [
                row for row in rows_of_sheet(sheet, level, file) if row.name not in said or row.codes
            ]
    if not file.rows:
        raise FileFault("the workbook has no sheet ICB, Trusts, Sites, Wards, PTS ICB or PTS Org with rows")
    for row in file.rows:
        row.modes = row.modes or (modes.get(key_of(row), {}) if row.level == "trust" else {})
    return file


def key_of(row: PublishedRow) -> tuple[str, str]:
    """What tells an organisation's row in one sheet from others."""
    return row.codes.get("icb", ""), row.codes.get("trust", "")


def title_of(sheets: Sequence[Sheet]) -> tuple[CareService, date]:
    """The service and the month, as the title in the sheet Notes says; FileFault."""
    notes = [sheet for sheet in sheets if sheet.name.strip().lower() == "notes"]
    cells = (cell.text for sheet in notes for row in sheet.rows[:HEADINGS_WITHIN] for cell in row.cells)
    found = next(filter(None, map(TITLE.search, cells)), None)
    if found is None:
        raise FileFault(
            "no title such as “Inpatient Friends and Family Test (FFT) Data - July 2025” in Notes"
        )
    try:
        month = datetime.strptime(found[2].title(), "%B %Y").date()  # noqa: DTZ007 -- a month has no zone
    except ValueError as error:
        raise FileFault("the title in Notes names no month") from error
    return SERVICES[found[1].lower()], month


def rows_of_sheet(sheet: Sheet, level: Level, file: PublishedFile) -> list[PublishedRow]:
    """The rows of one sheet; those that contradict themselves go to the faults of the file."""
    names, after = headings_of(sheet)
    found: list[PublishedRow] = []
    for row in sheet.rows:
        if row.line <= after or is_selection(row):
            continue
        cells = {name: row.cells[place] for name, place in names.items() if place < len(row.cells)}
        try:
            read = row_of_cells(sheet.name, row.line, level, cells)
            if read:
                check_row(read)
                found.append(read)
        except RowContradicts as fault:
            file.faults.append(f"{sheet.name}, line {row.line}: {fault}")
    return found


def headings_of(sheet: Sheet) -> tuple[dict[str, int], int]:
    """The place of each heading, which stand in two rows, and the line of the second; FileFault."""
    rows = list(sheet.rows[:HEADINGS_WITHIN])
    first = next((row for row in rows if "icb code" in map(heading_of, row.cells)), None)
    if first is None:
        raise FileFault(f"the sheet {sheet.name} has no heading “ICB Code”")
    two = [row for row in rows if row.line in (first.line, first.line + 1)]
    known = {*CODES, *FIGURES, *MODE_NAMES, *(name for names in NAMES.values() for name in names)}
    names: dict[str, int] = {}
    for row in two:
        for place, cell in enumerate(row.cells):
            if (heading := heading_of(cell)) in known:
                names.setdefault(heading, place)
    missing = {
        "total responses",
        *(() if sheet.name.strip().lower() == MODES_SHEET else FIGURES),
    } - names.keys()
    if missing:
        raise FileFault(f"the sheet {sheet.name} has no heading {', '.join(sorted(missing))}")
    return names, first.line + 1


def heading_of(cell: Cell) -> str:
    """A heading as it is compared."""
    return " ".join(cell.text.replace("’", "'").split()).lower().removeprefix("mode ")


def is_selection(row: Row) -> bool:
    """Whether it is the row of what somebody has selected in the workbook: formulas, and no figures."""
    return any(cell.text.strip().lower().startswith("selection") for cell in row.cells[:6])


def row_of_cells(sheet: str, line: int, level: Level, cells: Mapping[str, Cell]) -> PublishedRow | None:
    """The row that these cells say, or None where they name nobody; RowContradicts."""
    texts = {name: cell.text.strip() for name, cell in cells.items() if cell.kind == "text"}
    codes = {CODES[name]: texts[name] for name in CODES if name in texts}
    england = england_in(texts)
    name = england or next((texts[each] for each in NAMES[level] if each in texts), "")
    if not codes and not england:
        return None
    if not name:
        raise RowContradicts("it has a code and no name")
    figures = {FIGURES[each]: figure_of(cell) for each, cell in cells.items() if each in FIGURES}
    modes = {MODE_NAMES[each]: figure_of(cell) for each, cell in cells.items() if each in MODE_NAMES}
    codes = {} if england else codes
    return PublishedRow(sheet, line, "england" if england else level, codes, name, figures, modes)


def england_in(texts: Mapping[str, str]) -> str | None:
    """What a row of England as a whole is called; None for a row that names anybody else."""
    naming = {*CODES, *(name for names in NAMES.values() for name in names)}
    named = {text for name, text in texts.items() if name in naming and text not in NONE}
    return named.pop() if len(named) == 1 and min(named).lower().startswith("england") else None


def figure_of(cell: Cell) -> Figure:
    """A figure: a number, withheld, or none; RowContradicts for anything else."""
    text = cell.text.strip().lower()
    if cell.kind == "withheld" or text in WITHHELD:
        return "withheld"
    if cell.kind == "blank" or text in NONE:
        return None
    if cell.kind != "number":
        raise RowContradicts("a figure is no number, * or -")
    return float(text)


def check_row(row: PublishedRow) -> None:
    """Refuse with RowContradicts figures that cannot all be true."""
    numbers = {name: figure for name, figure in row.figures.items() if isinstance(figure, float)}
    if any(figure < 0 for figure in numbers.values()):
        raise RowContradicts("a figure is below zero")
    if any(figure != int(figure) for name, figure in numbers.items() if name not in {"positive", "negative"}):
        raise RowContradicts("a count is no whole number")
    answers = [numbers[name] for name in ANSWERS if name in numbers]
    if len(answers) < len(ANSWERS):
        return
    # “Don't know” counts below the line.
    total = sum(answers)
    if "responses" in numbers and numbers["responses"] != total:
        raise RowContradicts("the six answers do not add up to the total of responses")
    for name, parts in parts_of(numbers):
        if name in numbers and abs(numbers[name] * total - parts) > ROUNDED_BY * total:
            raise RowContradicts(f"the percentage {name} is not that of the answers")


def parts_of(numbers: Mapping[str, float]) -> Iterator[tuple[str, float]]:
    """Yield which answers make up each percentage."""
    yield "positive", numbers["very_good"] + numbers["good"]
    yield "negative", numbers["poor"] + numbers["very_poor"]
