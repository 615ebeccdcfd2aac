"""What refuses evidence and its judgement, judged without a database."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.loop.core.steps import judge
from services.loop.errors import ActivityNotOutcome, AlreadyVerified, NotClaimed, SelfVerification
from services.loop.evidence.steps import (
    EVIDENCE,
    VERIFICATION,
    example_earlier_evidence,
    parties_of,
    photo_of,
)
from services.loop.history.chain import By
from services.loop.records import Commitment, Evidence, Verification
from shared.clock import now, today
from shared.errors import Invalid
from shared.ids import new_id
from tests.loop.requests import JUDGEMENT, attempt_now

OWNER, JUDGE = new_id(), new_id()


@pytest.mark.parametrize(
    "fields",
    [
        {"observed_on": today() + timedelta(days=1)},
        {"sha256": None},
        {"kind": "link", "sha256": None, "url": None},
    ],
)
def test_evidence_is_of_the_past_and_others_can_look_at_it(fields: dict[str, object]) -> None:
    request = photo_of(today())
    attempt = attempt_now()
    attempt.loop.state = "in_progress"
    judge(EVIDENCE, attempt.with_request(request))
    with pytest.raises(Invalid):
        judge(EVIDENCE, attempt.with_request(request.model_copy(update=fields)))


def claimed_commitment(**facts: object) -> Commitment:
    """A promise whose change is claimed."""
    made = {"owner_organisation_id": OWNER, "owner_team": "estates", "claimed_at": now()}
    return Commitment(**made | {"accepted_by": "owner-1", "claimed_by": "owner-1"} | facts)


def judging(
    commitment: Commitment, kind: str = "photo", *, by: By | None = None, judged: bool = False
) -> None:
    """Judge evidence of a promise, as somebody who has no part in it unless `by` says who."""
    evidence = Evidence(id=new_id(), kind=kind, description="Minutes.", actor="giver-1", team="estates")
    evidence.organisation_id = OWNER
    attempt = replace(
        attempt_now(),
        by=by or By(new_id(), JUDGE, "quality", "judge-1", "judge"),
        commitment=commitment,
        judged=evidence,
        evidence=[evidence],
        verifications=[Verification(evidence_id=evidence.id)] if judged else [],
    )
    attempt.loop.state = "change_claimed"
    judge(VERIFICATION, attempt.with_request(JUDGEMENT))


def test_somebody_with_no_part_in_it_judges_what_is_claimed_once() -> None:
    judging(claimed_commitment())
    for unclaimed in (claimed_commitment(claimed_at=None), claimed_commitment(kept_at=now())):
        with pytest.raises(NotClaimed):
            judging(unclaimed)
    with pytest.raises(AlreadyVerified):
        judging(claimed_commitment(), judged=True)


@pytest.mark.parametrize(
    "by",
    [
        By(new_id(), JUDGE, "quality", "owner-1", "lead"),
        By(new_id(), JUDGE, "quality", "giver-1", "lead"),
        By(new_id(), OWNER, "estates", "somebody", "lead"),
    ],
)
def test_nobody_judges_their_own_part_by_person_or_by_team(by: By) -> None:
    with pytest.raises(SelfVerification):
        judging(claimed_commitment(), by=by)


def test_a_minute_is_not_accepted_as_a_change() -> None:
    with pytest.raises(ActivityNotOutcome):
        judging(claimed_commitment(), "minute")


def test_a_rule_has_no_part_in_anything() -> None:
    assert parties_of(attempt_now()) == (set(), set())


def test_earlier_evidence_is_offered_for_what_was_already_done_only() -> None:
    attempt = attempt_now()
    attempt.loop.state, attempt.loop.drafted_at = "evidence_check", now()
    assert list(example_earlier_evidence(attempt)) == []
    attempt.loop.answer = "already_done"
    [example] = example_earlier_evidence(attempt)
    assert example.observed_on < today()
