"""What refuses a decision, judged without a database, and that each example passes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.loop.core.steps import judge
from services.loop.decisions.domain import state_after
from services.loop.decisions.steps import DECISION, example_decisions
from services.loop.errors import EvidenceRequired, ReasonTooThin, RevisitRequired
from services.loop.records import Evidence, Verification
from shared.clock import today
from shared.errors import Problem
from shared.events.loop import DecisionAnswer
from shared.ids import new_id
from tests.loop.requests import attempt_now, example_decision

DRAFTED = datetime(2026, 5, 4, 9, tzinfo=UTC)


def evidence_of(kind: str, days: int) -> Evidence:
    """Evidence from this many days after the draft."""
    return Evidence(id=new_id(), kind=kind, observed_on=DRAFTED.date() + timedelta(days=days))


def judge_decision(answer: DecisionAnswer, *evidence: Evidence, **fields: object) -> None:
    """Judge a decision that passes, but for the fields given."""
    request = example_decision(answer).model_copy(update=fields)
    attempt = replace(attempt_now(), evidence=evidence).with_request(request)
    attempt.loop.state, attempt.loop.drafted_at = "acknowledged", DRAFTED
    judge(DECISION, attempt)


def test_every_example_but_already_done_passes() -> None:
    for example in example_decisions(attempt_now()):
        if example.answer != "already_done":
            judge_decision(example.answer)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"reason": None}, "reason_too_thin"),
        ({"reason": "There are no resources for a second door at the side of it."}, "constraint_required"),
        ({"how_to_object": None}, "revisit_required"),
        ({"revisit_on": today()}, "invalid"),
        ({"decided_on": today() + timedelta(days=1)}, "invalid"),
    ],
)
def test_a_decline_says_why_and_what_next(fields: dict[str, object], code: str) -> None:
    with pytest.raises(Problem) as refused:
        judge_decision("cannot", **fields)
    assert refused.value.code == code


def test_a_decline_names_everything_that_it_lacks() -> None:
    with pytest.raises(RevisitRequired) as refused:
        judge_decision("will_not", would_change=None, revisit_on=None, how_to_object=None)
    pointers = [each.pointer for each in refused.value.errors]
    assert pointers == ["/would_change", "/revisit_on", "/how_to_object"]


def test_a_public_reason_excuses_a_thin_one_and_a_constraint_missing_resources() -> None:
    judge_decision("cannot", reason="No.", because="The reason stands in the minutes of May.")
    with pytest.raises(ReasonTooThin) as refused:
        judge_decision("cannot", reason="No.", because="....")
    assert refused.value.errors[0].pointer == "/because"
    judge_decision(
        "cannot", reason="There are no resources for a second door at all here.", constraint="12,000."
    )
    judge_decision("cannot", revisit_on=None, final_because="The house is listed.")


@pytest.mark.parametrize(("kind", "days"), [("minute", -1), ("photo", 0), ("photo", 1)])
def test_already_done_shows_in_evidence_from_before(kind: str, days: int) -> None:
    judge_decision("already_done", evidence_of("photo", -1))
    with pytest.raises(EvidenceRequired):
        judge_decision("already_done", evidence_of(kind, days))


def test_evidence_that_was_judged_shows_nothing_more() -> None:
    evidence = evidence_of("photo", -1)
    attempt = replace(
        attempt_now(), evidence=[evidence], verifications=[Verification(evidence_id=evidence.id)]
    ).with_request(example_decision("already_done"))
    attempt.loop.state, attempt.loop.drafted_at = "acknowledged", DRAFTED
    with pytest.raises(EvidenceRequired):
        judge(DECISION, attempt)


@pytest.mark.parametrize(
    ("answer", "state"),
    [("will_do", "decided"), ("cannot", "telling"), ("already_done", "evidence_check")],
)
def test_the_answer_says_where_a_decision_leads(answer: DecisionAnswer, state: str) -> None:
    assert state_after(answer) == state
