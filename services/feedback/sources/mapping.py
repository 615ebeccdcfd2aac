"""From a payload to feedback, by the rules of a mapping; whatever comes in, what goes wrong is Unmappable."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from pydantic import JsonValue, ValidationError

from services.feedback.items.schemas import NewFeedback
from services.feedback.sources.errors import MappingRefused, SampleFailed, Unmappable
from services.feedback.sources.expressions import (
    Budget,
    ExpressionFailed,
    ExpressionRefused,
    evaluated,
    parsed,
)
from services.feedback.sources.schemas import MappingRules, NewMapping, Sample
from shared.errors import FieldError

ANSWERS_MAX = 1000
SHOWN_CHARS_MAX = 100
ANY_BODY = UUID(int=0)


def check(new: NewMapping) -> None:
    """Refuse a mapping that names unknown fields, cannot be parsed, or fails one of its samples."""
    try:
        Budget().weigh(new.model_dump())
        if faults := [*_unknown_fields(new), *_overlapping_fields(new), *_unparsed(new)]:
            raise MappingRefused(errors=faults)
        budget = Budget()  # for all samples together: they are worked out while others wait for an answer
        tried = (_try(new, number, sample, budget) for number, sample in enumerate(new.samples))
        faults = [fault for found in tried for fault in found]
    except ExpressionFailed as error:
        raise MappingRefused(f"The mapping cannot be kept: {error.kind}.") from None
    except RecursionError:
        raise MappingRefused("The mapping or a sample is nested too deeply.") from None
    if faults:
        raise SampleFailed(errors=faults)


def answers_of(rules: MappingRules, payload: Any, budget: Budget) -> list[Any]:
    """Return the answers that a payload holds: one, or as many as its list has."""
    found = payload
    if rules.each:
        found = _worked_out(rules.each, payload, budget, "each")
        if not isinstance(found, list):
            raise Unmappable("not_a_list", "each")
    answers = found if isinstance(found, list) else [found]
    if not answers:
        raise Unmappable("missing", "each" if rules.each else None)
    if len(answers) > ANSWERS_MAX:
        raise Unmappable("too_many_answers", "each" if rules.each else None)
    return answers


def mapped(rules: MappingRules, answer: Any, budget: Budget) -> dict[str, Any]:
    """Return the fields of feedback that one answer gives."""
    paths = dict.fromkeys([*rules.fields, *rules.defaults, *rules.required])
    values = {path: _value(rules, path, answer, budget) for path in paths}
    feedback: dict[str, Any] = {}
    for path, value in values.items():
        if value is not None and not _is_lone_default(rules, path, values):
            _put(feedback, path, value)
    return feedback


def _is_lone_default(rules: MappingRules, path: str, values: dict[str, Any]) -> bool:
    """A scale without a rating is no rating: such a default counts only beside something that was found."""
    parent, _, _ = path.rpartition(".")
    beside = [other for other in rules.fields if parent and other.startswith(f"{parent}.")]
    return path not in rules.fields and bool(beside) and all(values[other] is None for other in beside)


def feedback_from(
    rules: MappingRules, answer: Any, budget: Budget, organisation_id: UUID, external_id: str
) -> NewFeedback:
    """Return the feedback that one answer becomes; without a place or body it is about the source's own."""
    return _validated(mapped(rules, answer, budget), organisation_id, external_id)


def _validated(fields: dict[str, Any], organisation_id: UUID, external_id: str) -> NewFeedback:
    whole = {"external_id": external_id} | fields
    if not fields.keys() & {"footprint", "postcode", "organisation", "organisations"}:
        whole["organisation"] = str(organisation_id)
    if not fields.keys() & {"text", "answers", "rating"}:
        raise Unmappable("missing", "text")
    try:
        return NewFeedback.model_validate(whole)
    except ValidationError as error:
        raise _first_fault(error) from None


def _value(rules: MappingRules, path: str, answer: Any, budget: Budget) -> Any:
    value = _worked_out(rules.fields[path], answer, budget, path) if path in rules.fields else None
    if value is not None and path in rules.values:
        value = _translated(rules.values[path], value, path)
    if value is None or (isinstance(value, str) and not value.strip()):
        value = rules.defaults.get(path)
    if value is None and path in rules.required:
        raise Unmappable("missing", path)
    if not _storable(value):
        raise Unmappable("character_refused", path)
    return value


def _worked_out(expression: str, payload: Any, budget: Budget, path: str) -> Any:
    try:
        return evaluated(expression, payload, budget)
    except ExpressionFailed as error:
        raise Unmappable(error.kind, path) from None


def _translated(values: dict[str, JsonValue], value: Any, path: str) -> Any:
    if isinstance(value, list):
        return [_translated(values, part, path) for part in value]
    if isinstance(value, dict):
        raise Unmappable("value_not_mapped", path)
    key = str(value).lower() if isinstance(value, bool) else str(value).strip()
    if not key:
        return None
    if key in values:
        return values[key]
    if "*" in values:
        return values["*"]
    raise Unmappable("value_not_mapped", path)


def _put(feedback: dict[str, Any], path: str, value: Any) -> None:
    *parents, last = path.split(".")
    for parent in parents:
        feedback = feedback.setdefault(parent, {})
    feedback[last] = value


def _storable(value: Any) -> bool:
    """PostgreSQL takes neither U+0000 nor half a surrogate pair."""
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, str) and re.search("[\0\ud800-\udfff]", part):
            return False
        if isinstance(part, dict):
            waiting.extend([*part.keys(), *part.values()])
        elif isinstance(part, list):
            waiting.extend(part)
    return True


def _first_fault(error: ValidationError) -> Unmappable:
    first = error.errors(include_input=False, include_url=False)[0]
    # The names of a payload's own fields may say something about a person.
    known = [str(part) if re.fullmatch(r"[a-z_]{1,40}|\d{1,4}", str(part)) else "*" for part in first["loc"]]
    return Unmappable(first["type"], ".".join(known) or None)


def _paths(rules: MappingRules) -> Iterator[tuple[str, str]]:
    for name in ("fields", "values", "defaults", "required"):
        for key in getattr(rules, name):
            yield f"/{name}/{key}" if name != "required" else "/required", key


def _unknown_fields(rules: MappingRules) -> list[FieldError]:
    known = NewFeedback.model_fields
    return [
        FieldError(pointer=pointer, detail=f"feedback has no field {path.partition('.')[0]}")
        for pointer, path in _paths(rules)
        if path.partition(".")[0] not in known
    ]


def _overlapping_fields(rules: MappingRules) -> list[FieldError]:
    given = {*rules.fields, *rules.defaults, *rules.required}
    return [
        FieldError(pointer=pointer, detail=f"{path} is given as a whole and in part")
        for pointer, path in _paths(rules)
        if any(other.startswith(f"{path}.") for other in given)
    ]


def _unparsed(rules: MappingRules) -> Iterator[FieldError]:
    expressions = {f"/fields/{path}": text for path, text in rules.fields.items()}
    if rules.each:
        expressions["/each"] = rules.each
    for pointer, text in expressions.items():
        try:
            parsed(text)
        except ExpressionRefused as error:
            yield FieldError(pointer=pointer, detail=str(error))


def _try(rules: MappingRules, number: int, sample: Sample, budget: Budget) -> list[FieldError]:
    at = f"/samples/{number}"
    expected = sample.expected if isinstance(sample.expected, list) else [sample.expected]
    try:
        got = [mapped(rules, answer, budget) for answer in answers_of(rules, sample.payload, budget)]
        for one in got:
            _validated(one, ANY_BODY, "sample")
    except Unmappable as error:
        detail = f"it does not become feedback: {error.error_class} in {error.field or 'it all'}"
        return [FieldError(pointer=f"{at}/payload", detail=detail)]
    if len(got) != len(expected):
        return [
            FieldError(pointer=f"{at}/expected", detail=f"it holds {len(got)} answers, not {len(expected)}")
        ]
    return [
        FieldError(pointer=f"{at}/expected/{path}", detail=f"is {_shown(have)}, not {_shown(want)}")
        for one, other in zip(got, expected, strict=True)
        for path, have, want in _differences(one, other)
    ]


def _differences(got: dict[str, Any], expected: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    """Compare; expected results may name fields with dots, as the rules do, or nest them."""
    wanted = _nested(expected)
    names = sorted({*got, *wanted})
    return [(name, got.get(name), wanted.get(name)) for name in names if got.get(name) != wanted.get(name)]


def _nested(fields: dict[str, Any]) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for path, value in fields.items():
        parent, _, last = path.rpartition(".")
        if not parent:
            nested[path] = value
        elif isinstance(inner := nested.setdefault(parent, {}), dict):
            inner[last] = value
    return nested


def _shown(value: Any) -> str:
    return repr(value)[:SHOWN_CHARS_MAX]
