"""The rules that are shipped, and what no rules may be like."""

import csv
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.routing.checking import SHIPPED
from services.registry.routing.reading import read_rules
from services.registry.routing.rules import LEVELS, MATTERS
from tests.repository.tree import ROOT

BOOK = read_rules(SHIPPED)
THEMES = ROOT / "services" / "feedback" / "data" / "themes.csv"


@given(st.sampled_from(MATTERS), st.sampled_from([None, *BOOK.topics]), st.sampled_from(LEVELS))
def test_every_case_has_a_step_with_a_reason_and_what_to_do_when_nobody_answers(
    matter: str, topic: str | None, level: str
) -> None:
    rule = BOOK.rule_for(matter, topic, level)
    assert rule.steps
    for step in rule.steps:
        assert len(step.why) > 20
        assert step.if_no_reply_after.then
        assert (step.if_no_reply_after.days is None) != (step.if_no_reply_after.working_days is None)
        assert BOOK.sources[step.source].web.startswith("https://")
    if matter == "urgent":
        assert [step.to for step in rule.steps[:2]] == ["999", "111"]


def test_no_case_is_left_out() -> None:
    found = list(BOOK.cases())
    assert len(found) == len(MATTERS) * (len(BOOK.topics) + 1) * len(LEVELS)
    assert all(BOOK.rule_for(*case) for case in found)


def test_whatever_may_be_dangerous_says_that_nobody_watches() -> None:
    for matter in ("urgent", "safety", "safeguarding"):
        for topic in (None, *BOOK.topics):
            note = BOOK.rule_for(matter, topic, "local").note or ""
            assert "999" in note
            assert "watched day and night" in note


def test_primary_care_complaints_go_to_the_board_and_the_ombudsman_comes_last() -> None:
    for topic in ("gp", "dentist", "pharmacy", "optician"):
        rule = BOOK.rule_for("complaint", topic, "local")
        assert [step.to for step in rule.steps] == ["practice", "board", "ombudsman"]
        assert "1 July 2023" in rule.steps[1].why
        assert rule.steps[0].if_no_reply_after.working_days == 3


@pytest.mark.parametrize(
    ("words", "topic"),
    [
        ("gp", "gp"),
        ("GP practice", "gp"),
        ("  Surgery ", "gp"),
        ("mental_health", "mental_health"),
        ("Mental  Health", "mental_health"),
        ("111", "nhs_111"),
        ("a&e", "hospital"),
        ("bank", None),
        ("", None),
    ],
)
def test_a_topic_is_known_by_its_code_and_by_other_words(words: str, topic: str | None) -> None:
    assert BOOK.topic_of(words) == topic


def test_for_every_complaint_about_care_whoever_gives_it_may_be_asked() -> None:
    others = {"children_social_care", "commissioning", "continuing_healthcare"}
    for topic in {None, *BOOK.topics} - others:
        first = BOOK.rule_for("complaint", topic, "local").steps[0].to
        assert first in ("provider", "practice", "trust"), topic


def test_every_rule_was_checked_by_the_day_of_its_version() -> None:
    assert all(rule.checked_on <= date.fromisoformat(BOOK.version) for rule in BOOK.rules)


def test_the_categories_of_feedback_are_topics() -> None:
    with Path(THEMES).open(encoding="utf-8") as file:
        codes = [row["theme_code"] for row in csv.DictReader(file) if row["level"] == "1"]
    assert len(codes) == 10
    assert [code for code in codes if BOOK.topic_of(code) is None] == []
