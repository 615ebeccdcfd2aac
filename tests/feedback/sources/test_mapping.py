"""Mapping: rules that are checked before they are taken; a payload becomes feedback or a fault."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.feedback.errors import MappingRefused, SampleFailed
from services.feedback.items.schemas import NewFeedback
from services.feedback.sources.checking import check_mapping
from services.feedback.sources.expressions import Budget
from services.feedback.sources.mapping import Unmappable, feedback_of_answer, split_answers
from services.feedback.sources.schemas import MappingRules, NewMapping
from shared.ids import new_id
from tests.feedback.sources.senders import PAYLOAD, RULES, mapping
from tests.feedback.sources.test_expressions import ANY_JSON

TRUST = new_id()
KIND = {"kind": "comment"}
NOT_MAPPED = ("value_not_mapped", "permissions.publish")
RULES_OF_ALL = MappingRules.model_validate(
    RULES
    | {
        "fields": RULES["fields"]
        | {
            "answers": "more",
            "touchpoints": "tags",
            "themes": "themes",
            "contributor": "who",
            "urgent": "now",
        }
        | {"organisations": "body", "experienced_on": "day"},
        "required": [],
    }
)


def map_answer(answer: Any, **rules: Any) -> NewFeedback:
    """The feedback that one answer becomes."""
    return feedback_of_answer(MappingRules.model_validate(RULES | rules), answer, Budget(), TRUST, "msg-1")


def fault(answer: Any, **rules: Any) -> tuple[str, str | None]:
    """Why an answer cannot be mapped."""
    with pytest.raises(Unmappable) as refused:
        map_answer(answer, **rules)
    return refused.value.error_class, refused.value.field


def test_an_answer_becomes_feedback_about_the_sources_own_body() -> None:
    new = map_answer(PAYLOAD)
    assert (new.text, new.kind, new.external_id) == (PAYLOAD["comment"], "survey_response", "r-1")
    assert (new.rating and new.rating.value, new.permissions.publish) == (2.0, "yes")
    assert (new.organisations, new.permissions.share) == ([str(TRUST)], "not_asked")


def test_an_answer_without_an_id_takes_the_messages() -> None:
    assert map_answer({**PAYLOAD, "id": " "}).external_id == "msg-1"


def test_a_place_that_is_mapped_is_kept() -> None:
    new = map_answer({**PAYLOAD, "area": "ods:QHM"}, fields=RULES["fields"] | {"footprint": "area"})
    assert (new.footprint, new.organisations) == ("ods:QHM", [])


def test_a_scale_without_a_rating_is_no_rating() -> None:
    assert map_answer({**PAYLOAD, "score": None}).rating is None


@pytest.mark.parametrize(
    ("answer", "rules", "expected"),
    [
        ({**PAYLOAD, "comment": None}, {}, ("missing", "text")),
        ({**PAYLOAD, "comment": "  "}, {}, ("missing", "text")),
        ({**PAYLOAD, "comment": "a\0b"}, {}, ("character_refused", "text")),
        ({**PAYLOAD, "comment": "x" * 10_001}, {}, ("string_too_long", "text")),
        ({**PAYLOAD, "comment": ["x"]}, {}, ("string_type", "text")),
        (PAYLOAD, {"fields": {"text": "abs(comment)"}}, ("wrong_type", "text")),
        ({}, {"required": [], "defaults": {"kind": "comment"}}, ("missing", "text")),
        ("text", {}, ("missing", "text")),
        ({"score": 7}, {"required": []}, ("value_error", "rating")),
        ({**PAYLOAD, "consent": "Maybe"}, {"required": ["permissions.publish"]}, NOT_MAPPED),
    ],
)
def test_a_fault_names_its_class_and_field(answer: Any, rules: dict[str, Any], expected: Any) -> None:
    assert fault(answer, **rules) == expected


@pytest.mark.parametrize(
    ("answer", "left"),
    [
        ({"score": "ten"}, ("/rating", "invalid", {"value": "ten", "scale": "1-5"})),
        ({"score": 7}, ("/rating", "invalid", {"value": 7, "scale": "1-5"})),
        ({"consent": "Maybe"}, ("/permissions/publish", "value_not_mapped", "Maybe")),
        ({"consent": {"a": 1}}, ("/permissions/publish", "value_not_mapped", {"a": 1})),
        ({"consent": "a\0b"}, ("/permissions/publish", "value_not_mapped", None)),
    ],
)
def test_a_bad_value_does_not_hold_the_words_back(answer: dict[str, Any], left: tuple[Any, ...]) -> None:
    new = map_answer(PAYLOAD | answer)
    assert new.text == PAYLOAD["comment"]
    assert [(each.field, each.code, each.given) for each in new.left_out] == [left]


def test_an_id_that_cannot_be_read_gives_way_to_the_messages() -> None:
    assert map_answer({**PAYLOAD, "id": "x" * 201}).external_id == "msg-1"


def test_a_sample_must_leave_nothing_out() -> None:
    sample = {"synthetic": True, "payload": {**PAYLOAD, "score": 7}, "expected": {}}
    with pytest.raises(SampleFailed) as refused:
        check_mapping(NewMapping.model_validate(mapping(samples=[sample])))
    assert refused.value.errors[0].pointer == "/samples/0/payload"


@pytest.mark.parametrize("made_up", ["Jo Smith", "jo_smith"])
def test_a_fault_never_holds_the_names_that_a_payload_makes_up(made_up: str) -> None:
    who = {"channel": "email", made_up: 1}
    assert fault({"w": who}, fields={"contributor": "w", "text": "'x'"}, defaults=KIND) == (
        "extra_forbidden",
        "contributor.*",
    )


@pytest.mark.parametrize(
    ("given_", "wanted"), [("Y", "yes"), ("N", "no"), ("?", "not_asked"), ("", "not_asked")]
)
def test_values_are_translated_with_a_rest(given_: str, wanted: str) -> None:
    values = {"permissions.publish": {"Y": "yes", "N": "no", "*": "not_asked"}}
    assert map_answer({**PAYLOAD, "consent": given_}, values=values).permissions.publish == wanted


@pytest.mark.parametrize(
    ("given_", "wanted"),
    [
        (5, "yes"),
        (5.0, "yes"),
        ("5.0", "yes"),
        ("5", "yes"),
        (0.5, "no"),
        ("05", "not_asked"),
        (50, "not_asked"),
    ],
)
def test_a_number_is_itself_however_it_is_written(given_: Any, wanted: str) -> None:
    values = {"permissions.publish": {"5": "yes", "0.50": "no", "*": "not_asked"}}
    assert map_answer({**PAYLOAD, "consent": given_}, values=values).permissions.publish == wanted


def test_lists_and_truth_values_are_translated_too() -> None:
    rules = {
        "defaults": KIND,
        "fields": {"text": "comment", "touchpoints": "tags", "urgent": "now"},
        "values": {"touchpoints": {"1": "ward", "2": "clinic"}, "urgent": {"true": False}},
    }
    new = map_answer({**PAYLOAD, "tags": [1, 2], "now": True}, **rules)
    assert (new.touchpoints, new.urgent) == (["ward", "clinic"], False)


@pytest.mark.parametrize(
    ("each", "payload", "count"),
    [(None, {"a": 1}, 1), (None, [1, 2], 2), ("items", {"items": [1, 2, 3]}, 3)],
)
def test_a_payload_holds_one_answer_or_a_list(each: str | None, payload: Any, count: int) -> None:
    rules = MappingRules.model_validate(RULES | {"each": each})
    assert len(split_answers(rules, payload, Budget())) == count


@pytest.mark.parametrize(
    ("each", "payload", "expected"),
    [
        (None, [], ("missing", None)),
        ("items", {"items": []}, ("missing", "each")),
        ("items", {"items": 1}, ("not_a_list", "each")),
        (None, [1] * 1001, ("too_many_answers", None)),
    ],
)
def test_a_payload_without_answers_is_a_fault(each: str | None, payload: Any, expected: Any) -> None:
    with pytest.raises(Unmappable) as refused:
        split_answers(MappingRules.model_validate(RULES | {"each": each}), payload, Budget())
    assert (refused.value.error_class, refused.value.field) == expected


@pytest.mark.parametrize(
    ("rules", "pointer", "detail"),
    [
        ({"fields": {"colour": "x"}}, "/fields/colour", "feedback has no field colour"),
        ({"required": ["colour"]}, "/required", "feedback has no field colour"),
        ({"fields": {"text": "a["}}, "/fields/text", "Not a JMESPath expression"),
        ({"each": "nap(@)"}, "/each", "There is no function nap()"),
        ({"defaults": {"rating": {"value": 1}}}, "/defaults/rating", "as a whole and in part"),
    ],
)
def test_rules_that_cannot_be_used_are_refused_by_name(rules: Any, pointer: str, detail: str) -> None:
    with pytest.raises(MappingRefused) as refused:
        check_mapping(NewMapping.model_validate(mapping(**rules)))
    assert any(fault.pointer == pointer and detail in fault.detail for fault in refused.value.errors)


@pytest.mark.parametrize(
    ("sample", "pointer"),
    [
        ({"synthetic": True, "payload": PAYLOAD, "expected": {"text": "other"}}, "/samples/0/expected/text"),
        ({"synthetic": True, "payload": PAYLOAD, "expected": [{}, {}]}, "/samples/0/expected"),
        ({"synthetic": True, "payload": {}, "expected": {}}, "/samples/0/payload"),
        ({"synthetic": True, "payload": {**PAYLOAD, "score": 9}, "expected": {}}, "/samples/0/payload"),
        (
            {"synthetic": True, "payload": PAYLOAD, "expected": {"rating": 1, "rating.value": 2}},
            "/samples/0/expected/rating",
        ),
    ],
)
def test_a_sample_that_comes_out_otherwise_is_named(sample: Any, pointer: str) -> None:
    with pytest.raises(SampleFailed) as refused:
        check_mapping(NewMapping.model_validate(mapping(samples=[sample])))
    assert pointer in [fault.pointer for fault in refused.value.errors]


def test_all_samples_together_take_no_more_work_than_one_payload_may() -> None:
    names = ("text", "external_id", "kind", "language", "proxy_by", "experienced_on", "footprint")
    heavy = {"synthetic": True, "payload": {"a": [1] * 22_000}, "expected": {}}
    rules = {"fields": dict.fromkeys(names, "to_string(max(a))"), "samples": [heavy] * 20}
    with pytest.raises(SampleFailed) as refused:
        check_mapping(NewMapping.model_validate(rules))
    assert sum("too_much_work" in each.detail for each in refused.value.errors) >= 17


def test_expected_results_may_name_fields_with_dots() -> None:
    expected = {"text": PAYLOAD["comment"], "kind": "survey_response", "external_id": "r-1"}
    dotted = {"rating.value": "2", "rating.scale": "1-5", "permissions.publish": "yes"}
    check_mapping(
        NewMapping.model_validate(
            mapping(samples=[{"synthetic": True, "payload": PAYLOAD, "expected": expected | dotted}])
        )
    )


@pytest.mark.parametrize("number", [float("inf"), 2**64])
def test_numbers_that_cannot_be_kept_are_refused(number: float) -> None:
    with pytest.raises(MappingRefused, match="number_too_large"):
        check_mapping(
            NewMapping.model_validate(
                mapping(samples=[{"synthetic": True, "payload": number, "expected": {}}])
            )
        )


def test_what_is_nested_too_deeply_is_refused() -> None:
    deep: Any = "x"
    for _ in range(120):
        deep = [deep]
    with pytest.raises(MappingRefused, match="nested_too_deeply"):
        check_mapping(
            NewMapping.model_validate(mapping(samples=[{"synthetic": True, "payload": deep, "expected": {}}]))
        )


@settings(max_examples=300, deadline=None)
@given(ANY_JSON | st.fixed_dictionaries(dict.fromkeys(("comment", "score", "consent", "more"), ANY_JSON)))
def test_any_payload_becomes_feedback_or_a_fault(payload: Any) -> None:
    try:
        for answer in split_answers(RULES_OF_ALL, payload, Budget()):
            feedback_of_answer(RULES_OF_ALL, answer, Budget(), TRUST, "msg-1")
    except Unmappable:
        return


@settings(max_examples=200, deadline=None)
@given(ANY_JSON, st.dictionaries(st.text(max_size=8), ANY_JSON, max_size=4))
def test_any_sample_is_taken_or_refused(payload: Any, expected: Any) -> None:
    try:
        check_mapping(
            NewMapping.model_validate(
                mapping(samples=[{"synthetic": True, "payload": payload, "expected": expected}])
            )
        )
    except (MappingRefused, SampleFailed):
        return
