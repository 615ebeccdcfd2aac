"""Functions of mappings: what people need, in the right zone, and bounded whatever they are given."""

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.feedback.sources.expressions import Budget, ExpressionFailed, evaluate_expression
from services.feedback.sources.functions import OWN_FUNCTIONS
from services.feedback.sources.mapping import Unmappable, feedback_of_answer
from services.feedback.sources.schemas import MappingRules
from shared.ids import new_id
from tests.feedback.sources.test_expressions import ANY_JSON

LONDON = "'Europe/London'"
LABELS = [{"id": 1, "title": "One"}, {"id": "b", "title": "Two"}, {"id": "n", "title": None}]


@pytest.mark.parametrize(
    ("text", "value", "wanted"),
    [
        ("substring(@, `0`, `5`)", "NE1 4LP", "NE1 4"),
        ("substring(@, `-3`, `99`)", "NE1 4LP", "4LP"),
        ("substring(@, `0`, `2`)", None, None),
        ("split(@, ';')", "staff; waiting ;;", ["staff", "waiting"]),
        ("split(@, ';') | join(', ', @)", "a;b", "a, b"),
        ("to_decimal(@, ',')", "1.234,5", 1234.5),
        ("to_decimal(@, ',')", "4", 4),
        ("to_decimal(@, '.')", "1,234.5", 1234.5),
        ("to_decimal(@, ',')", "1\u00a0234,5", 1234.5),
        ("to_decimal(@, ',')", 3.5, 3.5),
        ("to_decimal(@, ',')", None, None),
        ("label_of(@, `" + '[{"id": 1, "t": "One"}]' + "`, 'id', 't')", "1", "One"),
        ("label_of(@, `" + '[{"id": 1, "t": "One"}]' + "`, 'id', 't')", ["1", "2"], ["One"]),
        ("pairs(@)", {"a": 1, "b": [2]}, [{"name": "a", "value": 1}, {"name": "b", "value": [2]}]),
        ("pairs(@)", "text", None),
        ("from_json(@).a[0]", '{"a": ["b"]}', "b"),
        ("from_json(@)", " ", None),
        ("within(@, 'item')[].n", {"item": [{"n": 1, "item": {"n": 2}}, {"n": 3}]}, [1, 2, 3]),
        ("within(@, 'item')", None, []),
    ],
)
def test_a_function_gives_what_its_name_says(text: str, value: Any, wanted: Any) -> None:
    assert evaluate_expression(text, value, Budget()) == wanted


def test_the_label_of_another_list_is_put_beside_each_answer() -> None:
    payload = {"answers": [{"field": {"id": 1}, "n": 4}, {"field": {"id": "c"}}, "x"], "fields": LABELS}
    found = evaluate_expression("with_labels(answers, 'field.id', fields, 'id', 'title')", payload, Budget())
    assert found == [
        {"field": {"id": 1}, "n": 4, "label": "One"},
        {"field": {"id": "c"}, "label": None},
    ]


@pytest.mark.parametrize(
    ("value", "pattern", "zone", "day", "instant"),
    [
        # An instant is of the day in the zone: an hour before midnight in UTC is tomorrow in summer.
        ("2026-06-30T23:30:00Z", "iso", "Europe/London", "2026-07-01", "2026-06-30T23:30:00Z"),
        ("2026-01-30T23:30:00Z", "iso", "Europe/London", "2026-01-30", "2026-01-30T23:30:00Z"),
        ("2026-06-30T23:30:00", "iso", "Europe/London", "2026-06-30", "2026-06-30T22:30:00Z"),
        ("2026-06-30T23:30:00.000+05:30", "iso", "UTC", "2026-06-30", "2026-06-30T18:00:00Z"),
        ("14/03/2026 10:15", "%d/%m/%Y %H:%M", "Europe/London", "2026-03-14", "2026-03-14T10:15:00Z"),
        ("3/14/2026 1:05:00 PM", "%m/%d/%Y %I:%M:%S %p", "UTC", "2026-03-14", "2026-03-14T13:05:00Z"),
        ("Mar 4, 2026", "%b %d, %Y", "America/New_York", "2026-03-04", "2026-03-04T05:00:00Z"),
        # The hour of 25 October that comes twice: the first; the hour of 29 March that is none: the next.
        ("25/10/2026 01:30", "%d/%m/%Y %H:%M", "Europe/London", "2026-10-25", "2026-10-25T00:30:00Z"),
        ("29/03/2026 01:30", "%d/%m/%Y %H:%M", "Europe/London", "2026-03-29", "2026-03-29T01:30:00Z"),
        (46095.5, "serial", "Europe/London", "2026-03-14", "2026-03-14T12:00:00Z"),
        ("46095", "serial", "Europe/London", "2026-03-14", "2026-03-14T00:00:00Z"),
        (1782862200, "unix_seconds", "Europe/London", "2026-07-01", "2026-06-30T23:30:00Z"),
        ("1782862200000", "unix_milliseconds", "Europe/London", "2026-07-01", "2026-06-30T23:30:00Z"),
    ],
)
def test_a_suppliers_time_is_of_its_zone(value: Any, pattern: str, zone: str, day: str, instant: str) -> None:
    found = [
        evaluate_expression(f"{name}(@, '{pattern}', '{zone}')", value, Budget())
        for name in ("to_date", "to_time")
    ]
    assert found == [day, instant]


@pytest.mark.parametrize("value", ["2026-03", "2026", None, ""])
def test_a_month_or_a_year_stays_one_and_nothing_stays_nothing(value: str | None) -> None:
    assert evaluate_expression(f"to_date(@, 'iso', {LONDON})", value, Budget()) == (value or None)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (f"to_date(@, 'iso', {LONDON})", "yesterday"),
        (f"to_date(@, 'iso', {LONDON})", "2026-02-30"),
        (f"to_date(@, 'iso', {LONDON})", "9" * 100),
        (f"to_date(@, '%d/%m/%Y', {LONDON})", "31/02/2026"),
        (f"to_date(@, '%c', {LONDON})", "x"),
        (f"to_date(@, '%y', {LONDON})", "26"),
        (f"to_date(@, '%d%d', {LONDON})", "11"),
        (f"to_date(@, '{'%d ' * 20}', {LONDON})", "1"),
        ("to_date(@, 'iso', 'Europe')", "2026-03-14"),
        ("to_date(@, 'iso', '../../etc/passwd')", "2026-03-14"),
        ("to_date(@, 'iso', 'Nowhere/City')", "2026-03-14"),
        (f"to_date(@, 'serial', {LONDON})", 0),
        (f"to_date(@, 'serial', {LONDON})", "1e9"),
        (f"to_date(@, 'unix_seconds', {LONDON})", 10**18),
        (f"to_date(@, 'iso', {LONDON})", {"a": 1}),
        ("to_time(@, 'iso', 'America/New_York')", "9999-12-31T23:59:59"),
        ("to_decimal(@, ',')", "4 or 5"),
        ("to_decimal(@, ',')", "NaN"),
        ("to_decimal(@, ';')", "4"),
        ("to_decimal(@, ',')", "9" * 60),
        ("split(@, '')", "a"),
        ("split(@, ',')", "a," * 2000),
        ("from_json(@)", "{"),
        ("from_json(@)", "NaN"),
        ("substring(@, `0`, `1`)", 5),
        ("label_of(@, 'x', 'id', 'title')", 5),
    ],
)
def test_what_a_function_cannot_read_names_the_function(text: str, value: Any) -> None:
    with pytest.raises(ExpressionFailed) as failed:
        evaluate_expression(text, value, Budget())
    function = text.partition("(")[0]
    assert (failed.value.kind, failed.value.function) == (f"{function}_failed", function)


STEPS = 50_000


def test_work_and_output_are_bounded() -> None:
    deep: Any = {"item": 1}
    for _ in range(90):
        deep = {"item": deep}
    long = '{"a": ' + "[" * 200 + "]" * 200 + "}"
    wide = [{"id": n, "title": "x" * 500} for n in range(20_000)]
    for text, value in (
        ("within(within(within(within(@, 'item'), 'item'), 'item'), 'item')", deep),
        ("from_json(@)", long),
        ("|".join(["[@, @]"] * 40) + "|within(@, 'item')", deep),
        ("with_labels(@, 'id', @, 'id', 'title') | [with_labels(@, 'id', @, 'id', 'title'), @]", wide),
    ):
        began = time.process_time()
        with pytest.raises(ExpressionFailed) as failed:
            evaluate_expression(text, value, Budget(STEPS))
        assert failed.value.kind in ("too_much_work", "nested_too_deeply")
        assert time.process_time() - began < 5


RULES = MappingRules.model_validate(
    {
        "fields": {"text": "text", "experienced_on": f"to_date(on, '%d/%m/%Y', {LONDON})"},
        "defaults": {"kind": "comment"},
    }
)


def test_a_value_that_a_function_cannot_read_is_left_out_beside_good_words() -> None:
    new = feedback_of_answer(RULES, {"text": "Kind.", "on": "14.3.26"}, Budget(), new_id(), "m-1")
    [left] = new.left_out
    assert (left.field, left.code) == ("/experienced_on", "to_date_failed")
    assert left.detail == "to_date() cannot read what it was given."
    assert new.experienced_on is None


def test_a_required_value_that_a_function_cannot_read_waits_by_its_name() -> None:
    rules = RULES.model_copy(update={"required": ["experienced_on"]})
    with pytest.raises(Unmappable) as fault:
        feedback_of_answer(rules, {"text": "Kind.", "on": "14.3.26"}, Budget(), new_id(), "m-1")
    assert (fault.value.error_class, fault.value.field) == ("to_date_failed", "experienced_on")


ARGUMENTS = {
    "substring": "a, `0`, `9`",
    "split": "a, b",
    "to_decimal": "a, ','",
    "to_date": "a, b, c",
    "to_time": "a, 'iso', c",
    "label_of": "a, b, 'id', 'title'",
    "with_labels": "a, 'id', b, 'id', 'title'",
    "pairs": "a",
    "from_json": "a",
    "within": "@, 'a'",
}


def test_each_function_is_tried_with_anything() -> None:
    assert ARGUMENTS.keys() == OWN_FUNCTIONS


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(ARGUMENTS)), ANY_JSON, ANY_JSON | st.text(), ANY_JSON | st.text())
def test_any_arguments_give_a_value_or_fail(name: str, one: Any, two: Any, three: Any) -> None:
    try:
        evaluate_expression(f"{name}({ARGUMENTS[name]})", {"a": one, "b": two, "c": three}, Budget(20_000))
    except ExpressionFailed:
        return
