"""Expressions: bounded in length, work and size, whatever they say and whatever they are given."""

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.feedback.sources.expressions import (
    Budget,
    ExpressionFailed,
    ExpressionRefused,
    evaluate_expression,
    parse_expression,
)

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=5), inner, max_size=5),
    max_leaves=20,
)
# Pieces that make more valid expressions than random text does.
SIGNS = (
    *".[]*|&!@(),<",
    "[]",
    "[*]",
    "||",
    "&&",
    "==",
    "[?",
    "{a:",
    "}",
    "[0]",
    "[::2]",
    "[::0]",
    "`1`",
    "'x'",
)
CALLS = ("length(", "join(", "to_number(", "sort_by(", "merge(", "to_string(", "sum(", "floor(", "not_null(")
PIECES = st.lists(st.sampled_from(("a", "b", *SIGNS, *CALLS)), max_size=12).map("".join)


def test_a_value_is_found() -> None:
    assert (
        evaluate_expression("a[?n > `1`].t | [0]", {"a": [{"n": 1, "t": "x"}, {"n": 2, "t": "y"}]}, Budget())
        == "y"
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a.", "Not a JMESPath expression"),
        ("", "Not a JMESPath expression"),
        ("`{`", "Not a JMESPath expression"),
        ("a" * 501, "at most 500 characters"),
        ("!" * 499 + "a", "nested too deeply"),
        ("nap(@)", "no function nap()"),
    ],
)
def test_what_is_no_expression_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(ExpressionRefused, match=reason.replace("(", r"\(").replace(")", r"\)")):
        parse_expression(text)


@pytest.mark.parametrize(
    ("text", "payload", "kind"),
    [
        ("length(@)", 1, "wrong_type"),
        ("[::0]", [1], "not_workable"),
        ("to_number(@)", "1e999", "number_too_large"),
        ("to_number(@)", "nan", "number_too_large"),
        ("|".join(["[@,@]"] * 80), 1, "too_much_work"),
        ("|".join(["[@,@][]"] * 60), 1, "too_much_work"),
        ("|".join(["[@,@]"] * 60) + "|to_string(@)", 1, "too_much_work"),
        ("join(a, b)", {"a": "x" * 600_000, "b": ["y"] * 300_000}, "too_much_work"),
        ("!" * 400 + "a", {}, "nested_too_deeply"),
    ],
)
def test_what_cannot_be_worked_out_fails_with_its_kind_and_soon(text: str, payload: Any, kind: str) -> None:
    began = time.process_time()
    with pytest.raises(ExpressionFailed) as failed:
        evaluate_expression(text, payload, Budget())
    assert failed.value.kind == kind
    assert time.process_time() - began < 5


def test_a_deep_payload_fails_only_where_it_is_walked() -> None:
    deep: Any = "x"
    for _ in range(1000):
        deep = [deep]
    with pytest.raises(ExpressionFailed) as failed:
        evaluate_expression("to_string(@)", deep, Budget())
    assert failed.value.kind == "nested_too_deeply"


def test_the_work_of_one_payload_adds_up() -> None:
    budget = Budget(2000)
    evaluate_expression("[*]", list(range(300)), budget)
    with pytest.raises(ExpressionFailed):
        evaluate_expression("[*]", list(range(300)), budget)


@settings(max_examples=300, deadline=None)
@given(PIECES | st.text(max_size=40), ANY_JSON)
def test_any_expression_on_any_payload_gives_a_value_or_fails(text: str, payload: Any) -> None:
    try:
        parse_expression(text)
        evaluate_expression(text, payload, Budget(20_000))
    except (ExpressionRefused, ExpressionFailed):
        return
