"""Reads CSV as spreadsheets write it: commas, semicolons or tabs, with or without a byte order mark."""

import codecs
import io
from itertools import islice

from services.feedback.files.cells import BLANK, Cell
from services.feedback.files.sheets import COLUMNS_MAX, LINES_MAX, FileFault, ReadFile, Sheet
from shared.csv_rows import BadCsv, rows_of_csv

MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
DELIMITERS = (",", ";", "\t", "|")
LOOKED_AT = 20
# What a spreadsheet writes where a formula failed.
ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"})


def read_delimited(content: bytes) -> ReadFile:
    """The one sheet of a CSV file; FileFault."""
    text, encoding = decode(content)
    if text.count("\n") + text.count("\r") > 2 * LINES_MAX:
        raise FileFault("the file has too many lines: delete the blank ones at its end")
    delimiter = find_delimiter(text)
    sheet = Sheet("CSV")
    try:
        for line, fields in rows_of_csv(io.StringIO(text, newline=""), delimiter):
            if len(fields) > 100 * COLUMNS_MAX:
                raise FileFault(f"line {line} has more than {COLUMNS_MAX} columns")
            while fields and not fields[-1].strip():  # some programs write thousands of blank columns
                fields.pop()
            sheet.add(line, [cell_of_text(field) for field in fields])
    except BadCsv as error:
        raise FileFault(str(error)) from error
    return ReadFile("csv", [sheet], encoding=encoding, delimiter=delimiter)


def decode(content: bytes) -> tuple[str, str]:
    """The text and its encoding: what the mark says, or UTF-8, or what older spreadsheets write."""
    marked = next((name for mark, name in MARKS.items() if content.startswith(mark)), None)
    for encoding in (marked,) if marked else ("utf-8", "windows-1252"):
        try:
            return content.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    raise FileFault("the file is not text: save it as CSV UTF-8, or send the workbook as it is")


def find_delimiter(text: str) -> str:
    """What stands between the fields: what parts the first lines into the most columns, alike in most."""
    return max(DELIMITERS, key=lambda each: (score_of(text, each), -DELIMITERS.index(each)))


def score_of(text: str, delimiter: str) -> int:
    """In how many of the first rows the commonest number of columns stands, times those columns."""
    try:
        found = list(islice(rows_of_csv(io.StringIO(text, newline=""), delimiter), LOOKED_AT))
    except BadCsv:
        return 0
    counts = [len(fields) for _, fields in found if len(fields) > 1]
    return max((counts.count(each) * min(each, COLUMNS_MAX) for each in set(counts)), default=0)


def cell_of_text(field: str) -> Cell:
    """The cell of a field."""
    if not field.strip():
        return BLANK
    return Cell("error" if field.strip() in ERRORS else "text", field)
