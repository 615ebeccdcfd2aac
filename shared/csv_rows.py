"""Rows of CSV, each with the line on which it begins (RFC 4180, read strictly).

A quotation mark that nobody closed would make one field of all rows that follow: then the file is refused.
"""

import csv
from collections.abc import Iterable, Iterator

UNCLOSED = "unexpected end of data"
TOO_LONG = "field larger than field limit"
REASONS = {
    UNCLOSED: "a field that begins with a quotation mark never ends: close it",
    TOO_LONG: f"a field is longer than {csv.field_size_limit():,} characters: close its quotation mark",
}
OTHERWISE = "text follows a closing quotation mark: write a quotation mark within a field twice"


class BadCsv(ValueError):
    """A file that is no CSV, with the line on which the row begins that cannot be read."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}")
        self.line, self.reason = line, reason


def rows_of_csv(lines: Iterable[str], delimiter: str = ",") -> Iterator[tuple[int, list[str]]]:
    """Yield the line on which each row begins, and its fields; BadCsv where it cannot be read."""
    reader = csv.reader(lines, strict=True, delimiter=delimiter)
    begins = 1
    try:
        for row in reader:
            if row:
                yield begins, row
            begins = reader.line_num + 1
    except csv.Error as error:
        said = str(error)
        reason = next((reason for words, reason in REASONS.items() if words in said), OTHERWISE)
        raise BadCsv(begins, reason) from error
