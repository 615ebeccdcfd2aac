"""Checking a mapping before it is used: its fields, its expressions, and what its samples become."""

from collections.abc import Iterator
from uuid import UUID

from pydantic import JsonValue

from services.feedback.errors import MappingRefused, SampleFailed
from services.feedback.items.schemas import NewFeedback
from services.feedback.leaving_out import LeftOut
from services.feedback.sources.expressions import (
    STEPS_MAX,
    Budget,
    ExpressionFailed,
    ExpressionRefused,
    parse_expression,
)
from services.feedback.sources.mapping import Fields, Unmappable, map_fields, split_answers, validate_fields
from services.feedback.sources.schemas import MappingRules, NewMapping, Sample
from shared.errors import FieldError

SHOWN_CHARS_MAX = 100
# Samples are small: a fifth of what a payload may take.
SAMPLES_STEPS_MAX = STEPS_MAX // 5
ANY_BODY = UUID(int=0)


def check_mapping(new: NewMapping) -> None:
    """Refuse a mapping that names unknown fields, cannot be parsed, or fails one of its samples."""
    try:
        check_rules(new)
        budget = Budget(SAMPLES_STEPS_MAX)  # for all together
        tried = (_try_sample(new, number, sample, budget) for number, sample in enumerate(new.samples))
        faults = [fault for found in tried for fault in found]
    except ExpressionFailed as error:
        raise MappingRefused(f"The mapping cannot be stored: {error.kind}.") from None
    except RecursionError:
        raise MappingRefused("The mapping or a sample is nested too deeply.") from None
    if faults:
        raise SampleFailed(errors=faults)


def check_rules(rules: MappingRules) -> None:
    """Refuse rules that name unknown fields or cannot be parsed."""
    try:
        Budget().weigh(rules.model_dump())
    except ExpressionFailed as error:
        raise MappingRefused(f"The mapping cannot be stored: {error.kind}.") from None
    if faults := [*_unknown_fields(rules), *_overlapping_fields(rules), *_unparsable_expressions(rules)]:
        raise MappingRefused(errors=faults)


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
    named = {*rules.fields, *rules.defaults, *rules.required}
    return [
        FieldError(pointer=pointer, detail=f"{path} is set as a whole and in part")
        for pointer, path in _paths(rules)
        if any(other.startswith(f"{path}.") for other in named)
    ]


def _unparsable_expressions(rules: MappingRules) -> Iterator[FieldError]:
    expressions = {f"/fields/{path}": text for path, text in rules.fields.items()}
    expressions |= {f"/{name}": text for name in ("each", "announces") if (text := getattr(rules, name))}
    for pointer, text in expressions.items():
        try:
            parse_expression(text)
        except ExpressionRefused as error:
            yield FieldError(pointer=pointer, detail=str(error))


def _try_sample(rules: MappingRules, number: int, sample: Sample, budget: Budget) -> list[FieldError]:
    at = f"/samples/{number}"
    expected = sample.expected if isinstance(sample.expected, list) else [sample.expected]
    try:
        left: list[LeftOut] = []
        answers = split_answers(rules, sample.payload, budget)
        got = [map_fields(rules, answer, budget, left) for answer in answers]
        for fields in got:
            left += validate_fields(fields, ANY_BODY, "sample").left_out
    except Unmappable as error:
        detail = f"it does not become feedback: {error.error_class} in {error.field or 'all of it'}"
        return [FieldError(pointer=f"{at}/payload", detail=detail)]
    if left:
        detail = f"{left[0].field} would be left out: {left[0].detail}"
        return [FieldError(pointer=f"{at}/payload", detail=detail)]
    if len(got) != len(expected):
        detail = f"it holds {len(got)} answers, not {len(expected)}"
        return [FieldError(pointer=f"{at}/expected", detail=detail)]
    return [
        FieldError(pointer=f"{at}/expected/{path}", detail=f"is {_shorten(have)}, not {_shorten(want)}")
        for fields, wanted in zip(got, expected, strict=True)
        for path, have, want in _differences(fields, wanted)
    ]


def _differences(got: Fields, expected: Fields) -> list[tuple[str, JsonValue, JsonValue]]:
    """Compare; expected results may name fields with dots, as the rules do, or nest them."""
    wanted = _nest(expected)
    names = sorted({*got, *wanted})
    return [(name, got.get(name), wanted.get(name)) for name in names if got.get(name) != wanted.get(name)]


def _nest(fields: Fields) -> Fields:
    nested: Fields = {}
    for path, value in fields.items():
        parent, _, last = path.rpartition(".")
        if not parent:
            nested[path] = value
        elif isinstance(inner := nested.setdefault(parent, {}), dict):
            inner[last] = value
    return nested


def _shorten(value: JsonValue) -> str:
    return repr(value)[:SHOWN_CHARS_MAX]
