"""Sample workbooks: laid out as the templates of 2025, with invented figures."""

import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

ANSWERS = ("Very Good", "Good", "Neither Good nor Poor", "Poor", "Very Poor", "Don't Know")
TOTALS = ("Total Responses", "Total Eligible", "Percentage Positive", "Percentage Negative")
MODES = ("SMS", "Electronic Discharge", "Paper Discharge", "Paper Home", "Telephone", "Online", "Other")
IP_MODES = (*MODES[:2], "Electronic Home", *MODES[2:])
INCLUDING = "England (including Independent Sector Providers)"
EXCLUDING = "England (excluding Independent Sector Providers)"
SELECTION = "Selection (excluding suppressed data)"


class Layout(NamedTuple):
    """Where things stand in the workbook of a service."""

    title: str
    title_cell: str
    header_row: int
    totals: tuple[str, ...]
    sheets: Mapping[str, Sequence[str]]


TRUST = ("ICB Code", "Trust Code", "Trust Name")
SITE = (*TRUST, "Site Code", "Site Name")
LAYOUTS = {
    "inpatient": Layout(
        "Inpatient Friends and Family Test (FFT) Data - July 2025",
        "A2",
        10,
        (INCLUDING, EXCLUDING, SELECTION),
        {
            "ICB": ("ICB Code", "ICB Name", *TOTALS, *ANSWERS),
            "Trusts": (*TRUST, *TOTALS, *ANSWERS, *IP_MODES),
            "Sites": (*SITE, *TOTALS, *ANSWERS),
            "Wards": (*SITE, "Ward Name", *TOTALS, *ANSWERS, "First Speciality", "Second Speciality"),
        },
    ),
    "a_and_e": Layout(
        "A&E Friends and Family Test (FFT) data - July 2025",
        "B2",
        3,
        ("England", SELECTION),
        {
            "ICB": ("ICB Code", "ICB Name", *TOTALS, *ANSWERS),
            "Trusts": (*TRUST, *TOTALS, *ANSWERS, *MODES),
            "Sites": (*SITE, *TOTALS, *ANSWERS),
        },
    ),
    "ambulance_patient_transport": Layout(
        "Ambulance Friends and Family Test (FFT) Data - June 2025",
        "A2",
        8,
        (INCLUDING, EXCLUDING, SELECTION),
        {
            "PTS ICB": ("ICB Code", "ICB Name", *TOTALS, *ANSWERS),
            "PTS Org": ("ICB code", "Org Code", "Organisation Name", *TOTALS, *ANSWERS),
            "Mode Org": ("ICB Code", "Org Code", "Organisation Name", "Total Responses", *MODES),
        },
    ),
}
STARS = ["*"] * 10
NOBODY = [0, 40, "-", "-", *[0] * 6]


def counts(*answers: int, eligible: int | None = 400) -> list[Any]:
    """The figures of a row, with `don't know` below the line of the percentages."""
    total = sum(answers)
    positive, negative = (answers[0] + answers[1]) / total, (answers[3] + answers[4]) / total
    return [total, eligible, positive, negative, *answers]


def a_published_workbook(service: str, rows: Mapping[str, Sequence[Sequence[Any]]], **title: str) -> bytes:
    """A workbook of a service with these rows below its totals, each in the sheet that they name."""
    layout, workbook = LAYOUTS[service], Workbook()
    notes = workbook.active
    assert notes is not None
    notes.title = "Notes"
    notes[layout.title_cell] = title.get("title", layout.title)
    summary = workbook.create_sheet("Summary")
    summary.append(["Organisations", datetime(2025, 7, 1), datetime(2025, 6, 1)])  # noqa: DTZ001 -- as Excel
    for name, headings in layout.sheets.items():
        write_sheet(workbook.create_sheet(name), layout, headings, rows.get(name, ()))
    hidden = workbook.create_sheet("BS")
    hidden.sheet_state = "hidden"
    hidden.append(["ICB Code", "Trust Code"])
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def write_sheet(
    sheet: Worksheet, layout: Layout, headings: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    """Write a sheet: headings over two rows with merged ones above them, totals, and rows."""
    sheet["A1"] = layout.title
    first = 0
    for place, heading in enumerate(headings, 1):
        is_mode = heading in (*MODES, "Electronic Home")
        below = heading in ANSWERS or (is_mode and layout.header_row != 10)
        sheet.cell(layout.header_row + below, place, heading)
        if heading == ANSWERS[0]:
            sheet.cell(layout.header_row, place, "Breakdown of Responses")
            sheet.merge_cells(
                start_row=layout.header_row,
                end_row=layout.header_row,
                start_column=place,
                end_column=place + 5,
            )
            first = place
    line = layout.header_row + 2
    name_place = 2
    for total in layout.totals:
        sheet.cell(line, name_place, total)
        if total == SELECTION:
            sheet.cell(line, max(first, 4), "=SUBTOTAL(9,D15:D100)")
        else:
            start = headings.index("Total Responses") + 1
            for place, figure in enumerate(counts(900, 50, 20, 10, 10, 10, eligible=4000), start):
                sheet.cell(line, place, figure if headings[place - 1 : place] else None)
                if place >= len(headings):
                    break
        line += 1
    for row in rows:
        for place, value in enumerate(row, 1):
            sheet.cell(line, place, value)
        line += 1
