"""What refuses a promise, a revision and a claim, judged without a database."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from services.loop.commitments.schemas import ChangeClaim
from services.loop.commitments.steps import (
    ACCEPTANCE,
    CHANGE_CLAIM,
    COMMITMENT,
    REVISION,
    example_acceptances,
    example_commitments,
)
from services.loop.core.steps import judge
from services.loop.records import Commitment, Evidence
from shared.clock import now, today
from shared.errors import Problem
from shared.ids import new_id
from tests.loop.requests import attempt_now, example_commitment, example_revision


def make_commitment(**facts: object) -> Commitment:
    """A promise that is due in 30 days."""
    return Commitment(due_on=today() + timedelta(days=30), **facts)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, None),
        ({"due_on": today()}, "invalid"),
        ({"people_will_notice": None}, "outcome_required"),
        ({"people_will_notice": "Hold a meeting about the door."}, "activity_not_outcome"),
        ({"people_will_notice": "Hold a meeting about the door.", "because": "They asked for it."}, None),
    ],
)
def test_a_promise_says_what_people_will_notice_and_when(fields: dict[str, object], code: str | None) -> None:
    attempt = attempt_now().with_request(example_commitment(new_id()).model_copy(update=fields))
    attempt.loop.state = "decided"
    assert refusal_of(lambda: judge(COMMITMENT, attempt)) == code


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, None),
        ({"due_on": None}, "invalid"),
        ({"due_on": today()}, "invalid"),
        ({"reason": "No."}, "reason_too_thin"),
    ],
)
def test_a_revision_changes_something_for_a_reason(fields: dict[str, object], code: str | None) -> None:
    promise = make_commitment()
    request = example_revision(promise.due_on).model_copy(update=fields)
    attempt = replace(attempt_now(), commitment=promise).with_request(request)
    attempt.loop.state = "in_progress"
    assert refusal_of(lambda: judge(REVISION, attempt)) == code


@pytest.mark.parametrize(
    ("facts", "evidence", "code"),
    [
        ({"accepted_at": now()}, [("photo", "The new door, open.")], None),
        ({}, [("photo", "The new door, open.")], "acceptance_required"),
        ({"accepted_at": now(), "kept_at": now()}, [("photo", "The door.")], "already_kept"),
        ({"accepted_at": now()}, [], "evidence_required"),
        ({"accepted_at": now()}, [("minute", "Minutes.")], "activity_not_outcome"),
        ({"accepted_at": now()}, [("minute", "Minutes."), ("photo", "The new door, open.")], None),
    ],
)
def test_a_claim_needs_an_owner_and_evidence(
    facts: dict[str, object], evidence: list[tuple[str, str]], code: str | None
) -> None:
    shown = [Evidence(id=new_id(), kind=kind, description=text) for kind, text in evidence]
    attempt = replace(attempt_now(), commitment=make_commitment(**facts), evidence=shown)
    attempt.loop.state = "in_progress"
    assert refusal_of(lambda: judge(CHANGE_CLAIM, attempt.with_request(ChangeClaim()))) == code


def test_acceptance_is_offered_and_allowed_once() -> None:
    attempt = replace(attempt_now(), commitment=make_commitment())
    attempt.loop.state = "committed"
    assert len(list(example_acceptances(attempt))) == 1
    assert refusal_of(lambda: judge(ACCEPTANCE, attempt)) is None
    accepted = replace(attempt, commitment=make_commitment(accepted_at=now()))
    assert list(example_acceptances(accepted)) == []
    assert refusal_of(lambda: judge(ACCEPTANCE, accepted)) == "already_accepted"


def test_a_loop_without_a_body_has_no_example_of_a_promise() -> None:
    assert list(example_commitments(attempt_now())) == []


def refusal_of(judging: Callable[[], object]) -> str | None:
    """The code with which something is refused; None when it passes."""
    try:
        judging()
    except Problem as problem:
        return problem.code
    return None
