"""A step is judged before anything changes, and knows every problem that it can raise."""

from datetime import date, timedelta

import pytest

from services.loop.commitments.steps import ACCEPTANCE, CHANGE_CLAIM, is_accepted, is_not_accepted
from services.loop.core.steps import PLANNED_MAX, is_ahead, judge, problem_at
from services.loop.errors import (
    AcceptanceRequired,
    ActivityNotOutcome,
    AlreadyKept,
    EvidenceRequired,
    FeedbackRequired,
    LoopHalted,
    ModerationRequired,
    NotResponsible,
    NotTheOwner,
    PreviewRequired,
    ReasonTooThin,
    StepNotAllowed,
)
from services.loop.loops.steps import ACKNOWLEDGEMENT, CONSIDERATION
from services.loop.steps import STEPS
from shared.errors import Invalid
from tests.loop.requests import attempt_now

TODAY = date(2026, 5, 4)


def test_a_step_that_the_state_does_not_allow_says_which_states_do() -> None:
    attempt = attempt_now()
    attempt.loop.state = "open"
    with pytest.raises(StepNotAllowed) as refused:
        judge(CONSIDERATION, attempt)
    assert "acknowledged or contested" in refused.value.detail
    attempt.loop.state = "contested"
    assert judge(CONSIDERATION, attempt).attempt is attempt
    assert attempt.loop.state == "contested"


def test_a_step_knows_the_problems_of_its_guards_of_the_opening_and_of_its_rights() -> None:
    assert CHANGE_CLAIM.problems == {
        AcceptanceRequired,
        ActivityNotOutcome,
        AlreadyKept,
        EvidenceRequired,
        Invalid,
        LoopHalted,
        NotResponsible,
        StepNotAllowed,
    }
    assert {FeedbackRequired, ModerationRequired, PreviewRequired} <= ACKNOWLEDGEMENT.problems
    assert NotTheOwner in ACCEPTANCE.problems
    assert NotResponsible not in STEPS["verification"].problems


def test_guards_of_a_commitment_pass_where_there_is_none() -> None:
    for guard in (is_accepted, is_not_accepted):
        guard(attempt_now())


@pytest.mark.parametrize(
    ("days", "ahead"), [(-1, False), (0, False), (1, True), (PLANNED_MAX.days, True), (36_526, False)]
)
def test_a_day_ahead_is_after_today_and_within_a_hundred_years(days: int, ahead: bool) -> None:
    assert is_ahead(TODAY + timedelta(days=days), TODAY) is ahead


def test_a_problem_at_a_field_says_the_objection_and_then_what_to_do() -> None:
    quoted = problem_at("/reason", ReasonTooThin, "“No.”: too short.")
    assert quoted.detail == f"“No.”: too short. {ReasonTooThin.sentence()}"
    assert [(each.pointer, each.detail) for each in quoted.errors] == [("/reason", "“No.”: too short.")]
    assert problem_at("/reason", ReasonTooThin).errors[0].detail == ReasonTooThin.sentence()
