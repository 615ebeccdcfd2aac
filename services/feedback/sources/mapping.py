"""From a payload to feedback, by the rules of a mapping; every fault of the payload is Unmappable."""

import re
from collections.abc import Iterator
from uuid import UUID

from pydantic import JsonValue, ValidationError

from services.feedback.errors import MappingRefused, SampleFailed
from services.feedback.items.schemas import NewFeedback
from services.feedback.leaving_out import LeftOut, left_out
from services.feedback.sources.expressions import (
    STEPS_MAX,
    Budget,
    ExpressionFailed,
    ExpressionRefused,
    evaluate_expression,
    parse_expression,
)
from services.feedback.sources.schemas import MappingRules, NewMapping, Sample
from shared.errors import FieldError

ANSWERS_MAX = 1000
SHOWN_CHARS_MAX = 100
# Samples are small: a fifth of what a payload may take.
SAMPLES_STEPS_MAX = STEPS_MAX // 5
NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,15})(\.[0-9]{1,15})?")
# A wrong place is worse than a wait, and the kind decides what may be done with the words.
MUST_BE_MAPPED = frozenset(
    {"kind", "text", "answers", "urgent", "footprint", "postcode", "organisation", "organisations"}
)
NOT_MAPPED = "The value map of the source does not know this value."
ANY_BODY = UUID(int=0)
Fields = dict[str, JsonValue]


class Unmappable(Exception):
    """A payload cannot become feedback. Names the class of error and the field, never its content."""

    def __init__(self, error_class: str, field: str | None = None) -> None:
        super().__init__(error_class, field)
        self.error_class = error_class
        self.field = field


class ValueNotMapped(Unmappable):
    """A value map does not know what was given; only staff may see what that was."""

    def __init__(self, field: str, given: JsonValue) -> None:
        super().__init__("value_not_mapped", field)
        self.given = given


def check_mapping(new: NewMapping) -> None:
    """Refuse a mapping that names unknown fields, cannot be parsed, or fails one of its samples."""
    try:
        Budget().weigh(new.model_dump())
        if faults := [*_unknown_fields(new), *_overlapping_fields(new), *_unparsable_expressions(new)]:
            raise MappingRefused(errors=faults)
        budget = Budget(SAMPLES_STEPS_MAX)  # for all together
        tried = (_try_sample(new, number, sample, budget) for number, sample in enumerate(new.samples))
        faults = [fault for found in tried for fault in found]
    except ExpressionFailed as error:
        raise MappingRefused(f"The mapping cannot be stored: {error.kind}.") from None
    except RecursionError:
        raise MappingRefused("The mapping or a sample is nested too deeply.") from None
    if faults:
        raise SampleFailed(errors=faults)


def split_answers(rules: MappingRules, payload: JsonValue, budget: Budget) -> list[JsonValue]:
    """The answers in a payload: one, or as many as its list has."""
    found = payload
    if rules.each:
        found = _evaluate(rules.each, payload, budget, "each")
        if not isinstance(found, list):
            raise Unmappable("not_a_list", "each")
    answers: list[JsonValue] = found if isinstance(found, list) else [found]
    if not answers:
        raise Unmappable("missing", "each" if rules.each else None)
    if len(answers) > ANSWERS_MAX:
        raise Unmappable("too_many_answers", "each" if rules.each else None)
    return answers


def map_fields(rules: MappingRules, answer: JsonValue, budget: Budget, left: list[LeftOut]) -> Fields:
    """The fields of feedback that one answer gives; `left` takes what its value maps do not know."""
    values: Fields = {}
    for path in dict.fromkeys([*rules.fields, *rules.defaults, *rules.required]):
        try:
            values[path] = _value_of_path(rules, path, answer, budget)
        except ValueNotMapped as fault:
            if path in rules.required or path.partition(".")[0] in MUST_BE_MAPPED:
                raise
            left.append(left_out(tuple(path.split(".")), fault.error_class, NOT_MAPPED, fault.given))
            values[path] = None
    feedback: Fields = {}
    for path, value in values.items():
        if value is not None and not _is_lone_default(rules, path, values):
            _put_at_path(feedback, path, value)
    return feedback


def _is_lone_default(rules: MappingRules, path: str, values: Fields) -> bool:
    """A scale without a rating is not a rating: a default counts only beside something that was found."""
    parent, _, _ = path.rpartition(".")
    beside = [other for other in rules.fields if parent and other.startswith(f"{parent}.")]
    return path not in rules.fields and bool(beside) and all(values[other] is None for other in beside)


def feedback_of_answer(
    rules: MappingRules, answer: JsonValue, budget: Budget, organisation_id: UUID, external_id: str
) -> NewFeedback:
    """The feedback that one answer becomes; without a body it is about the source's organisation.

    `organisations` may be one reference, as most senders name one.
    """
    left: list[LeftOut] = []
    fields = map_fields(rules, answer, budget, left)
    new = _validate_fields(fields, organisation_id, external_id)
    new.left_out.extend(left)
    return new


def _validate_fields(fields: Fields, organisation_id: UUID, external_id: str) -> NewFeedback:
    whole: Fields = {"external_id": external_id, **fields}
    if not fields.keys() & {"footprint", "postcode", "organisation", "organisations"}:
        whole["organisations"] = [str(organisation_id)]
    if isinstance(named := whole.get("organisations"), str):
        whole["organisations"] = [named]
    if not fields.keys() & {"text", "answers", "rating"}:
        raise Unmappable("missing", "text")
    try:
        new = NewFeedback.model_validate(whole)
    except ValidationError as error:
        raise _first_fault(error) from None
    new.external_id = new.external_id or external_id
    return new


def _value_of_path(rules: MappingRules, path: str, answer: JsonValue, budget: Budget) -> JsonValue:
    value = _evaluate(rules.fields[path], answer, budget, path) if path in rules.fields else None
    if value is not None and path in rules.values:
        value = _translate(rules.values[path], value, path)
    if value is None or (isinstance(value, str) and not value.strip()):
        value = rules.defaults.get(path)
    if value is None and path in rules.required:
        raise Unmappable("missing", path)
    if not _can_be_stored(value):
        raise Unmappable("character_refused", path)
    return value


def _evaluate(expression: str, payload: JsonValue, budget: Budget, path: str) -> JsonValue:
    try:
        return evaluate_expression(expression, payload, budget)
    except ExpressionFailed as error:
        raise Unmappable(error.kind, path) from None


def _translate(values: Fields, value: JsonValue, path: str) -> JsonValue:
    if isinstance(value, list):
        return [_translate(values, part, path) for part in value]
    if isinstance(value, dict):
        raise ValueNotMapped(path, value if _can_be_stored(value) else None)
    key = str(value).lower() if isinstance(value, bool) else str(value).strip()
    if not key:
        return None
    if key not in values:
        key = next((name for name in values if _number_in(name) == _number_in(key) is not None), key)
    if key in values:
        return values[key]
    if "*" in values:
        return values["*"]
    raise ValueNotMapped(path, value if _can_be_stored(value) else None)


def _number_in(text: str) -> float | None:
    """The number that a text writes, so that `5.0` is `5`; None for other words and codes such as `05`."""
    return float(text) if NUMBER.fullmatch(text) else None


def _put_at_path(feedback: Fields, path: str, value: JsonValue) -> None:
    *parents, last = path.split(".")
    for parent in parents:
        inner = feedback.setdefault(parent, {})
        if not isinstance(inner, dict):
            raise Unmappable("overlapping_fields", path)
        feedback = inner
    feedback[last] = value


def _can_be_stored(value: JsonValue) -> bool:
    """PostgreSQL accepts neither U+0000 nor half a surrogate pair."""
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
    names = [str(part) if re.fullmatch(r"[a-z_]{1,40}|\d{1,4}", str(part)) else "*" for part in first["loc"]]
    if first["type"] == "extra_forbidden":
        names[-1] = "*"
    return Unmappable(first["type"], ".".join(names) or None)


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
    if rules.each:
        expressions["/each"] = rules.each
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
            left += _validate_fields(fields, ANY_BODY, "sample").left_out
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
