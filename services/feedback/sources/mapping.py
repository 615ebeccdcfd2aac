"""From a payload to feedback, by the rules of a mapping; every fault of the payload is Unmappable."""

import re
from uuid import UUID

from pydantic import JsonValue, ValidationError

from services.feedback.items.schemas import NewFeedback
from services.feedback.leaving_out import LeftOut, left_out
from services.feedback.sources.expressions import Budget, ExpressionFailed, evaluate_expression
from services.feedback.sources.schemas import MappingRules

ANSWERS_MAX = 1000
NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,15})(\.[0-9]{1,15})?")
# A wrong place is worse than a wait, and the kind decides what may be done with the words.
MUST_BE_MAPPED = frozenset(
    {"kind", "text", "answers", "urgent", "footprint", "postcode", "organisation", "organisations"}
)
# The sender says that there is an answer, and sends none of it.
ANNOUNCED_ONLY = "announced_only"
NOT_MAPPED = "The value map of the source does not know this value."
Fields = dict[str, JsonValue]


class Unmappable(Exception):
    """A payload cannot become feedback: the class of error and the field, and apart what was given there."""

    def __init__(self, error_class: str, field: str | None = None, given: JsonValue = None) -> None:
        super().__init__(error_class, field)
        self.error_class = error_class
        self.field = field
        # Masked and sealed before it is kept, so it is no part of the message.
        self.given = given


class ValueNotMapped(Unmappable):
    """A value map does not know what was given, or a function cannot read it; only staff may see what."""

    def __init__(
        self, field: str, given: JsonValue, error_class: str = "value_not_mapped", detail: str = NOT_MAPPED
    ) -> None:
        super().__init__(error_class, field, given)
        self.detail = detail


def split_answers(rules: MappingRules, payload: JsonValue, budget: Budget) -> list[JsonValue]:
    """The answers in a payload: one, or as many as its list has; none where it only announces one."""
    if rules.announces and _evaluate(rules.announces, payload, budget, "announces"):
        raise Unmappable(ANNOUNCED_ONLY)
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
            left.append(left_out(tuple(path.split(".")), fault.error_class, fault.detail, fault.given))
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
    new = validate_fields(fields, organisation_id, external_id)
    new.left_out.extend(left)
    return new


def id_of_answer(rules: MappingRules, answer: JsonValue, budget: Budget) -> str | None:
    """The id that a mapping finds in an answer, also in one of which it makes nothing."""
    try:
        found = _value_of_path(rules, "external_id", answer, budget)
    except Unmappable:
        return None
    return str(found).strip() if isinstance(found, str | int) and not isinstance(found, bool) else None


def validate_fields(fields: Fields, organisation_id: UUID, external_id: str) -> NewFeedback:
    """The feedback that mapped fields make; Unmappable if they make none."""
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
        raise Unmappable("character_refused", path, value)
    return value


def _evaluate(expression: str, payload: JsonValue, budget: Budget, path: str) -> JsonValue:
    try:
        return evaluate_expression(expression, payload, budget)
    except ExpressionFailed as error:
        if error.function:
            detail = f"{error.function}() cannot read what it was given."
            given = error.given if _can_be_stored(error.given) else None
            raise ValueNotMapped(path, given, error.kind, detail) from None
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
    first = error.errors(include_url=False)[0]
    # The names of a payload's own fields may say something about a person.
    names = [str(part) if re.fullmatch(r"[a-z_]{1,40}|\d{1,4}", str(part)) else "*" for part in first["loc"]]
    if first["type"] == "extra_forbidden":
        names[-1] = "*"
    return Unmappable(first["type"], ".".join(names) or None, first["input"])
