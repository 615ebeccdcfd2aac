"""Turns a row into feedback by the rules of its columns; what is wrong is said of a column."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date

from pydantic import JsonValue, ValidationError

from services.feedback.files.cells import (
    BLANK,
    Cell,
    CellFault,
    date_of_cell,
    is_missing,
    number_of_cell,
    words_of_cell,
)
from services.feedback.files.schemas import ColumnRule, NewRows
from services.feedback.files.sheets import Row, place_of_letters
from services.feedback.items.schemas import NewFeedback
from shared.schemas import BODY_REF

FFT = {
    "very good": 1,
    "good": 2,
    "neither good nor poor": 3,
    "poor": 4,
    "very poor": 5,
    "don't know": 6,
    "dont know": 6,
}
YES = {"yes": "yes", "y": "yes", "true": "yes", "1": "yes", "no": "no", "n": "no", "false": "no", "0": "no"}
QUESTION_CHARS_MAX = 200
Fields = dict[str, JsonValue]


class RowFault(ValueError):
    """What is wrong with a row, and in which column; never what stands there."""

    def __init__(self, column: str | None, detail: str) -> None:
        super().__init__(detail)
        self.column, self.detail = column, detail


@dataclass(slots=True)
class MappedRow:
    """The fields of one row while they are gathered, and the column that each came from."""

    fields: Fields
    came_from: dict[tuple[str, int | None], str] = field(default_factory=dict)

    def put(self, name: str, value: JsonValue, column: str) -> None:
        """Set a field; RowFault where another column has set it."""
        if (name, None) in self.came_from:
            raise RowFault(column, f"column {self.came_from[(name, None)]} is {name} already: give one")
        self.fields[name] = value
        self.came_from[(name, None)] = column

    def add(self, name: str, value: JsonValue, column: str) -> None:
        """Add to a list."""
        values = self.fields.setdefault(name, [])
        if isinstance(values, list):
            self.came_from[(name, len(values))] = column
            values.append(value)

    def column_of(self, loc: Sequence[str | int]) -> str | None:
        """The column that a faulty field came from."""
        name = str(loc[0]) if loc else ""
        place = loc[1] if len(loc) > 1 and isinstance(loc[1], int) else None
        return self.came_from.get((name, place)) or self.came_from.get((name, None))


@dataclass(frozen=True, slots=True)
class SheetRules:
    """How the rows of one sheet become feedback: what was asked for, and what the sheet adds."""

    asked: NewRows
    headings: Sequence[Cell]
    first_day: date
    about: str | None
    # Names a row that brings no id of its own.
    id_of_line: Callable[[int], str]

    def feedback_of_row(self, row: Row) -> NewFeedback:
        """The feedback in one row; RowFault."""
        missing = {word.strip().casefold() for word in self.asked.missing}
        mapped = MappedRow({})
        for rule in self.asked.columns:
            place = place_of_letters(rule.column)
            cell = row.cells[place] if place < len(row.cells) else BLANK
            if is_missing(cell, missing):
                continue
            try:
                self.map_cell(rule, cell, mapped)
            except CellFault as fault:
                raise RowFault(rule.column, str(fault)) from None
        return self.checked(row, mapped)

    def map_cell(self, rule: ColumnRule, cell: Cell, mapped: MappedRow) -> None:
        """Put one cell where its rule says; CellFault, RowFault."""
        words = words_of_cell(cell)
        stands_for = rule.values.get(words.strip())
        cell = Cell("text", stands_for) if stands_for else cell
        match rule.to:
            case "answer":
                mapped.add("answers", {"question": self.question_of(rule), "text": cell.text}, rule.column)
            case "score":
                answer: Fields = {"question": self.question_of(rule), "score": number_of_cell(cell)}
                mapped.add("answers", answer, rule.column)
            case "touchpoint":
                mapped.add("touchpoints", cell.text.strip(), rule.column)
            case "theme":
                mapped.add("themes", {"code": cell.text.strip()}, rule.column)
            case "publish":
                mapped.put("permissions", self.permissions_of(cell.text), rule.column)
            case _:
                mapped.put(rule.to, self.value_of_cell(rule, cell), rule.column)

    def value_of_cell(self, rule: ColumnRule, cell: Cell) -> JsonValue:
        """The value of a field that stands once; CellFault."""
        match rule.to:
            case "rating":
                return rating_of_cell(cell, rule.scale)
            case "experienced_on":
                return date_of_cell(cell, self.asked.dates, self.first_day)
            case "organisation" | "footprint":
                return reference_of(cell.text)
            case "text":
                return cell.text
            case _:
                return cell.text.strip()

    def question_of(self, rule: ColumnRule) -> str | None:
        """The question of an answer: as the rule says, or else the heading."""
        place = place_of_letters(rule.column)
        heading = self.headings[place].text if place < len(self.headings) else ""
        return rule.question or " ".join(heading.split())[:QUESTION_CHARS_MAX] or None

    def permissions_of(self, words: str) -> JsonValue:
        """What the person allows, with their own say about publishing."""
        said = YES.get(words.strip().casefold())
        if said is None:
            raise CellFault("say yes or no: whether the person agreed to publish it")
        return {**self.asked.permissions.model_dump(), "publish": said}

    def checked(self, row: Row, mapped: MappedRow) -> NewFeedback:
        """The feedback of the fields of a row; RowFault for what is wrong with them."""
        named = {"organisation", "footprint", "postcode"} & mapped.fields.keys()
        defaults: Fields = {
            "kind": self.asked.kind,
            "permissions": self.asked.permissions.model_dump(),
            "external_id": self.id_of_line(row.line),
            **({"organisation": self.about} if self.about and not named else {}),
        }
        try:
            new = NewFeedback.model_validate(defaults | mapped.fields)
        except ValidationError as error:
            fault = error.errors(include_input=False, include_url=False, include_context=False)[0]
            raise RowFault(mapped.column_of(fault["loc"]), plain(fault["msg"])) from None
        for left in new.left_out:
            loc = [int(part) if part.isdigit() else part for part in left.field.split("/")[1:]]
            # Beside a program's good words a bad value is left out; here a person can mend the cell.
            raise RowFault(mapped.column_of(loc), plain(left.detail))
        return new


def plain(message: str) -> str:
    """What is wrong, without the value that a message may begin with."""
    message = message.removeprefix("Value error, ")
    return re.sub(r"^-?[\d.e+-]+ is not on the scale", "this is not on the scale", message)


def rating_of_cell(cell: Cell, scale: str | None) -> JsonValue:
    """The rating in a cell: a number, or an answer of the Friends and Family Test in words."""
    words = words_of_cell(cell).strip().casefold().replace("’", "'")
    if words in FFT:
        return {"value": FFT[words], "scale": "fft"}
    if scale is None:
        raise CellFault("say on which scale this rating is: give `scale`, such as `fft` or `1-5`")
    return {"value": number_of_cell(cell), "scale": scale}


def reference_of(words: str) -> str:
    """How a body is named: a bare code is one of ODS."""
    words = words.strip()
    return words if re.fullmatch(BODY_REF, words) else f"ods:{words}"


def external_ids_of(file_ref: str, sheet: int) -> Callable[[int], str]:
    """What names the lines of a sheet, so that the same file sent again doubles none of them."""
    return lambda line: f"file:{file_ref}:{sheet}:{line}"


def text_of_cell(cell: Cell) -> str | None:
    """A cell as a preview shows it."""
    return None if cell.kind == "blank" else ("withheld" if cell.kind == "withheld" else cell.text)
