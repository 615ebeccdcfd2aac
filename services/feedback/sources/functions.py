"""Functions that mappings have beside those of JMESPath: bounded, and about nothing but their arguments."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any, NotRequired, Protocol, TypedDict
from zoneinfo import ZoneInfo

import orjson
from jmespath.functions import Functions, signature
from pydantic import JsonValue


class ArgumentTypes(TypedDict):
    """What an argument may be, as the library takes it."""

    types: list[str]
    variadic: NotRequired[bool]


TEXT: ArgumentTypes = {"types": ["string", "null"]}
WORD: ArgumentTypes = {"types": ["string"]}
NUMBER: ArgumentTypes = {"types": ["number"]}
SCALAR: ArgumentTypes = {"types": ["string", "number", "null"]}
ANY: ArgumentTypes = {"types": []}
LIST: ArgumentTypes = {"types": ["array", "null"]}

PARTS_MAX = 1000
DATE_CHARS_MAX = 64
PATTERN_CHARS_MAX = 40
ZONE = re.compile(r"[A-Za-z0-9_+-]{1,30}(/[A-Za-z0-9_+-]{1,30}){0,2}")
# What Python's strptime reads, without what depends on the machine's language or lacks the century.
DIRECTIVES = re.compile(r"%(?![YmdHIMSfpzbBaA%])")
PLAIN_NUMBER = re.compile(r"[+-]?\d{1,18}(\.\d{1,18})?")
MONTH_OR_YEAR = re.compile(r"\d{4}(-\d{2})?")
# Day 0 of the calendar that spreadsheets count in, and the last day that they know.
SERIAL_START = datetime(1899, 12, 30)  # noqa: DTZ001 # a day of no zone
SERIAL_DAYS_MAX = 2_958_465


class Spending(Protocol):
    """What counts the work of one payload."""

    def spend(self, steps: int) -> None:
        """Use some of what is left."""

    def weigh(self, value: object) -> None:
        """Spend one step for each part of a value."""


class MappingFunctions(Functions):
    """The functions; each raises ValueError, or something like it, if it cannot read what it is given.

    Where a value is missing, they give null: most answers to a form are.
    """

    def __init__(self, budget: Spending) -> None:
        self.budget = budget

    @signature(TEXT, NUMBER, NUMBER)
    def _func_substring(self, text: str | None, start: int, end: int) -> str | None:
        """The signs from one place to before another, counted from 0, or from the end if negative."""
        return None if text is None else text[int(start) : int(end)]

    @signature(TEXT, WORD)
    def _func_split(self, text: str | None, separator: str) -> list[str] | None:
        """The parts of a text between separators, without spaces around them; empty parts are left out."""
        if text is None:
            return None
        parts = [part.strip() for part in text.split(separator, PARTS_MAX)]
        if len(parts) > PARTS_MAX:
            raise ValueError("too many parts")
        return [part for part in parts if part]

    @signature(SCALAR, WORD)
    def _func_to_decimal(self, value: float | str | None, sign: str) -> float | int | None:
        """A number as people write it, with `,` or `.` before its decimals and signs between thousands."""
        if value is None or not isinstance(value, str):
            return value
        if sign not in (",", ".") or len(value) > DATE_CHARS_MAX:
            raise ValueError("no number")
        between = r"[\s']|\." if sign == "," else r"[\s',]"
        plain = re.sub(between, "", value.strip()).replace(",", ".")
        if not PLAIN_NUMBER.fullmatch(plain):
            raise ValueError("no number")
        return float(plain) if "." in plain else int(plain)

    @signature(SCALAR, WORD, WORD)
    def _func_to_date(self, value: float | str | None, pattern: str, zone: str) -> str | None:
        """The day in a zone, as `2026-03-14`; an ISO month or year stays one."""
        if value is None or value == "":
            return None
        if pattern == "iso" and isinstance(value, str) and MONTH_OR_YEAR.fullmatch(value):
            return value
        return read_moment(value, pattern, zone).date().isoformat()

    @signature(SCALAR, WORD, WORD)
    def _func_to_time(self, value: float | str | None, pattern: str, zone: str) -> str | None:
        """The instant in UTC, as `2026-03-14T10:15:00Z`."""
        if value is None or value == "":
            return None
        return read_moment(value, pattern, zone).astimezone(UTC).isoformat().replace("+00:00", "Z")

    @signature(ANY, LIST, WORD, WORD)
    def _func_label_of(
        self, value: JsonValue, labels: list[JsonValue] | None, key: str, name: str
    ) -> JsonValue:
        """The label of an id in another list, or of each id of a list; null for an id that is not there."""
        known = self._labels(labels, key, name)
        if isinstance(value, list):
            return [known[str(each)] for each in value if str(each) in known]
        return known.get(str(value)) if isinstance(value, str | int) else None

    @signature(LIST, WORD, LIST, WORD, WORD)
    def _func_with_labels(
        self, found: list[JsonValue] | None, path: str, labels: list[JsonValue] | None, key: str, name: str
    ) -> list[JsonValue] | None:
        """Each object of a list with its `label` from another: `path`, with dots, leads to the id in it."""
        if found is None:
            return None
        known = self._labels(labels, key, name)
        labelled: list[JsonValue] = []
        for each in found:
            self.budget.spend(1)
            if isinstance(each, dict):
                labelled.append({**each, "label": known.get(str(_at_path(each, path)))})
        return labelled

    @signature(ANY)
    def _func_pairs(self, value: JsonValue) -> list[JsonValue] | None:
        """The fields of an object, as a list of `name` and `value`."""
        if not isinstance(value, dict):
            return None
        return [{"name": name, "value": each} for name, each in value.items()]

    @signature(TEXT)
    def _func_from_json(self, text: str | None) -> JsonValue:
        """What a text says that is itself JSON."""
        if text is None or not text.strip():
            return None
        self.budget.spend(len(text) // 8)
        value: JsonValue = orjson.loads(text)
        self.budget.weigh(value)
        return value

    @signature(ANY, WORD)
    def _func_within(self, value: JsonValue, name: str) -> list[JsonValue]:
        """All that stands under a name, at any depth, in the order in which it stands."""
        found: list[JsonValue] = []
        self._collect(value, name, found)
        return found

    def _collect(self, value: JsonValue, name: str, found: list[JsonValue]) -> None:
        self.budget.spend(1)
        if isinstance(value, list):
            for each in value:
                self._collect(each, name, found)
        elif isinstance(value, dict):
            for key, inner in value.items():
                for each in inner if isinstance(inner, list) else [inner]:
                    if key == name:
                        found.append(each)
                    self._collect(each, name, found)

    def _labels(self, labels: list[JsonValue] | None, key: str, name: str) -> dict[str, str]:
        known: dict[str, str] = {}
        for each in labels or []:
            self.budget.spend(1)
            if isinstance(each, dict) and isinstance(label := each.get(name), str | int):
                known.setdefault(str(each.get(key)), str(label))
        return known


def read_moment(value: float | str, pattern: str, zone: str) -> datetime:
    """The instant that a supplier's time means, in a named zone.

    `pattern` is `iso`, `serial` (days of a spreadsheet), `unix_seconds`, `unix_milliseconds`, or one of
    strptime. A time without an offset is of the zone; of an hour that comes twice, the first. ValueError, or
    an error like it, for anything else.
    """
    if not ZONE.fullmatch(zone):
        raise ValueError("no zone")
    known_zone = ZoneInfo(zone)
    if pattern in ("serial", "unix_seconds", "unix_milliseconds"):
        return _moment_of_number(value, pattern, known_zone)
    if not isinstance(value, str) or len(value) > DATE_CHARS_MAX or len(pattern) > PATTERN_CHARS_MAX:
        raise ValueError("no time")
    if DIRECTIVES.search(pattern):
        raise ValueError("no pattern")
    text = value.strip()
    read = datetime.fromisoformat(text) if pattern == "iso" else datetime.strptime(text, pattern)  # noqa: DTZ007 # the zone follows
    return read.astimezone(known_zone) if read.tzinfo else read.replace(tzinfo=known_zone)


def _moment_of_number(value: float | str, pattern: str, zone: ZoneInfo) -> datetime:
    if isinstance(value, str):
        if not PLAIN_NUMBER.fullmatch(value.strip()):
            raise ValueError("no number")
        value = float(value)
    if pattern == "serial":
        if not 1 <= value <= SERIAL_DAYS_MAX:
            raise ValueError("no day")
        return (SERIAL_START + timedelta(seconds=round(value * 86_400))).replace(tzinfo=zone)
    seconds = value if pattern == "unix_seconds" else value / 1000
    return datetime.fromtimestamp(seconds, UTC).astimezone(zone)


def _at_path(value: Any, path: str) -> JsonValue:
    for name in path.split(".")[:8]:
        value = value.get(name) if isinstance(value, dict) else None
    found: JsonValue = value if isinstance(value, str | int) else None
    return found


# The names of the functions, each with its first sentence.
OWN_FUNCTIONS = frozenset(
    name.removeprefix("_func_") for name in vars(MappingFunctions) if name.startswith("_func_")
)
