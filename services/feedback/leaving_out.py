"""Leaving out a bad value beside good words: the words come in, and the value is named."""

import copy
import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import JsonValue, ValidationError
from pydantic_core import ErrorDetails

from shared.errors import escaped
from shared.schemas import Answer

Path = tuple[str | int, ...]
# Without these there is nothing to take; an unknown field is a mistake of the program that sends it.
NEVER_LEFT_OUT = ("kind", "text")
REFUSED_TYPES = ("extra_forbidden",)
LISTS = ("organisations", "touchpoints", "themes")
# Stored apart, sealed or never: what could not be read of them is not stored here either.
NOT_KEPT = ("contributor", "demographics", "postcode")
KEPT_CHARS_MAX = 1000
TOGETHER = {"footprint_and_postcode": "postcode", "organisation_and_organisations": "organisation"}


class LeftOutView(Answer):
    """A field that could not be read and was left out, while the words came in."""

    field: str
    code: str
    detail: str


class LeftOut(LeftOutView):
    """The same with what was given, for staff who may read words without masks."""

    given: JsonValue = None


def left_out(path: Path, code: str, detail: str, given: JsonValue) -> LeftOut:
    """What is kept of a field that was left out."""
    is_kept = path[0] not in NOT_KEPT and len(json.dumps(given)) <= KEPT_CHARS_MAX
    field = "".join(f"/{escaped(part)}" for part in path)
    return LeftOut(field=field, code=code, detail=detail, given=given if is_kept else None)


def leave_out_faults(
    given: Mapping[str, Any], error: ValidationError
) -> tuple[dict[str, Any], list[LeftOut]] | None:
    """What was given without the fields that are wrong, and those; None if one of them cannot be left out."""
    faults: dict[Path, ErrorDetails] = {}
    for each in error.errors(include_url=False, include_input=False, include_context=False):
        path = path_to_leave_out(each, given)
        if path is None:
            return None
        faults.setdefault(path, each)
    rest, found = copy.deepcopy(dict(given)), []
    # From the end, so that the places in lists stay what they are.
    for path in sorted(faults, key=str, reverse=True):
        detail = faults[path]["msg"].removeprefix("Value error, ")
        found.append(left_out(path, "invalid", detail, remove_at(rest, path)))
    return rest, found[::-1]


def path_to_leave_out(fault: ErrorDetails, given: Mapping[str, Any]) -> Path | None:
    """The smallest part that can be left out because of a fault; None if the whole must be refused."""
    loc = fault["loc"]
    if fault["type"] in TOGETHER:
        return (TOGETHER[fault["type"]],)
    if not loc or loc[0] in NEVER_LEFT_OUT or fault["type"] in REFUSED_TYPES:
        return None
    path = next((path for path in parts_of(loc, given) if is_there(given, path)), None)
    # An answer is left out whole only if it says nothing: too long a text is refused, never lost.
    return None if path == ("answers",) or loc[:1] + loc[2:3] == ("answers", "text") else path


def parts_of(loc: Path, given: Mapping[str, Any]) -> Iterator[Path]:
    """Yield the parts that a fault spoils, the smallest first."""
    match loc:
        case ("answers", int(), "question" | "score", *_):
            if has_words(given, loc[:2]):
                yield loc[:3]
            yield loc[:2]
        case ("contributor", "needs", _, *_):
            yield loc[:3]
        case ("contributor",):
            yield ("contributor", "address")
        case ("contributor", "address" | "needs", *_) | ("permissions" | "demographics", _, *_):
            yield loc[:2]
        case (str() as name, int(), *_) if name in (*LISTS, "answers"):
            yield loc[:2]
    yield loc[:1]


def has_words(given: Mapping[str, Any], path: Path) -> bool:
    """Whether an answer has a text beside what is wrong with it."""
    answer: Any = given
    for part in path:
        answer = answer[part]
    return isinstance(answer, dict) and bool(answer.get("text"))


def is_there(given: Any, path: Path) -> bool:
    """Whether something was given at a path."""
    try:
        for part in path:
            given = given[part]
    except (KeyError, IndexError, TypeError):
        return False
    return True


def remove_at(given: Any, path: Path) -> JsonValue:
    """Take out what is at a path, and return it."""
    for part in path[:-1]:
        given = given[part]
    taken: JsonValue = given.pop(path[-1])
    return taken
