"""Plain errors of the sources that are overruled by hand, each with a reason.

`corrections_by_hand.csv` names a row by some of its columns, and what is right in one of them. Without a
column, the whole row is wrong and is left out.
"""

from pathlib import Path
from typing import NamedTuple

from services.registry.imports.files import BadFile, Row, read_rows
from services.registry.imports.registers import SHIPPED
from services.registry.imports.summary import Line

FILE = "corrections_by_hand.csv"


class Correction(NamedTuple):
    """What a file says wrongly in a row, and what is right."""

    file: str
    key: dict[str, str]
    column: str
    says: str
    right: str
    reason: str

    def fits(self, row: Row) -> bool:
        """Whether a row is the one that is meant, and still says what is wrong."""
        is_row = row.at.file == self.file and all(row[name] == value for name, value in self.key.items())
        return is_row and (not self.column or row[self.column] == self.says)


class Corrections:
    """The corrections of a folder, or those that ship, with what they overruled."""

    def __init__(self, folder: Path) -> None:
        place = folder if (folder / FILE).is_file() else SHIPPED
        self.all = [correction_of(row) for row in read_rows(place, FILE)]
        self.lines: list[Line] = []

    def correct(self, row: Row) -> Row | None:
        """The row as it is right; None for one that is left out."""
        for each in self.all:
            if each.fits(row):
                about = (*row.at, words_of_key(each.key), each.column or "the row", each.says)
                self.lines.append(Line("overruled by hand", *about, each.right or "left out", each.reason))
                if not each.column:
                    return None
                row[each.column] = each.right
        return row


def correction_of(row: Row) -> Correction:
    """The correction in a row; BadFile when it does not say which row it means, or why."""
    parts = [part.partition("=") for part in row["key"].split("|")]
    if not row["reason"] or not all(name and equals for name, equals, _ in parts):
        reason = "a correction needs a reason, and a key such as member_ods_code=RMC|as_of=2019-04-03"
        raise BadFile(FILE, reason, line=row.at.line)
    key = {name: value for name, _, value in parts}
    return Correction(row["file"], key, row["column"], row["says"], row["right"], row["reason"])


def words_of_key(key: dict[str, str]) -> str:
    """The columns by which a row is named."""
    return ", ".join(f"{name} {value}" for name, value in key.items())
