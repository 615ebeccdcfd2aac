"""What refuses evidence and its judgement, judged without a database."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from services.loop.core.attempts import Part
from services.loop.core.steps import judge
from services.loop.errors import (
    ActivityNotOutcome,
    AlreadyVerified,
    NotClaimed,
    NothingToLookAt,
    SelfVerification,
)
from services.loop.evidence.steps import (
    EVIDENCE,
    VERIFICATION,
    example_earlier_evidence,
    judged_by,
    photo_of,
)
from services.loop.history.chain import By
from services.loop.records import Commitment, Evidence, Verification
from shared.clock import now, today
from shared.errors import Invalid
from shared.ids import new_id
from tests.loop.requests import JUDGEMENT, attempt_now

OWNER, JUDGE, BODY = new_id(), new_id(), new_id()
PARTS = [Part(OWNER, "estates", "giver-1"), Part(OWNER, "Estates", "owner-1"), Part(OWNER, "estates", None)]


@pytest.mark.parametrize(
    "fields",
    [
        {"observed_on": today() + timedelta(days=1)},
        {"content": None},
        {"content": None, "sha256": "0" * 64},  # of a file that nobody can see
        {"kind": "link", "url": None},
        {"url": "https://www.example.org/door?of=jo.bloggs@example.org"},
        {"kind": "link", "content": None},
        {"kind": "observation", "description": "It is warm now."},
        {"kind": "observation", "place": " … "},
    ],
)
def test_evidence_is_of_the_past_and_others_can_look_at_it(fields: dict[str, object]) -> None:
    request = photo_of(today())
    attempt = attempt_now()
    attempt.loop.state = "in_progress"
    judge(EVIDENCE, attempt.with_request(request))
    with pytest.raises((Invalid, NothingToLookAt)):
        judge(EVIDENCE, attempt.with_request(request.model_copy(update=fields)))


def test_what_a_person_saw_says_where_and_when() -> None:
    seen = photo_of(today()).model_copy(
        update={"kind": "observation", "content": None, "place": "Ward 4, by the door"}
    )
    attempt = attempt_now()
    attempt.loop.state = "in_progress"
    judge(EVIDENCE, attempt.with_request(seen))


def test_what_nobody_can_look_at_is_not_accepted_though_it_was_once_taken() -> None:
    with pytest.raises(NothingToLookAt):
        judging(claimed_commitment(), file_bytes=None)


def claimed_commitment(**facts: object) -> Commitment:
    """A promise whose change is claimed."""
    made = {"owner_organisation_id": OWNER, "owner_team": "estates", "claimed_at": now()}
    return Commitment(**made | {"accepted_by": "owner-1", "claimed_by": "owner-1"} | facts)


def judging(
    commitment: Commitment,
    kind: str = "photo",
    *,
    by: By | None = None,
    judged: bool = False,
    file_bytes: int | None = 8,
) -> None:
    """Judge evidence of a promise, as somebody who has no part in it unless `by` says who."""
    evidence = Evidence(id=new_id(), kind=kind, description="Minutes.", actor="giver-1", team="estates")
    evidence.organisation_id, evidence.file_bytes = OWNER, file_bytes
    attempt = replace(
        attempt_now(),
        by=by or By(new_id(), JUDGE, "quality", "judge-1", "judge"),
        commitment=commitment,
        judged=evidence,
        evidence=[evidence],
        parts=PARTS,
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
        By(new_id(), OWNER, "  ESTATES ", "somebody", "lead"),
        By(new_id(), OWNER, "\uff45states", "somebody", "lead"),  # a wide e
        By(new_id(), OWNER, "esta\u200btes", "somebody", "lead"),
        By(new_id(), JUDGE, "quality", "Giver-1", "lead"),
    ],
)
def test_nobody_judges_their_own_part_by_person_or_by_team(by: By) -> None:
    with pytest.raises(SelfVerification):
        judging(claimed_commitment(), by=by)


def test_a_minute_is_not_accepted_as_a_change() -> None:
    with pytest.raises(ActivityNotOutcome):
        judging(claimed_commitment(), "minute")


def test_a_rule_has_no_part_in_anything() -> None:
    assert attempt_now().parts == ()


@pytest.mark.parametrize(
    ("by", "whose"),
    [(OWNER, "the_body_itself"), (BODY, "the_body_itself"), (JUDGE, "another_organisation")],
)
def test_another_organisation_judges_or_the_body_itself(by: UUID, whose: str) -> None:
    attempt = replace(attempt_now(BODY), by=By(new_id(), by, "quality", "judge-1", "judge"), parts=PARTS)
    assert judged_by(attempt.with_request(JUDGEMENT)) == whose


def test_earlier_evidence_is_offered_for_what_was_already_done_only() -> None:
    attempt = attempt_now()
    attempt.loop.state, attempt.loop.drafted_at = "evidence_check", now()
    assert list(example_earlier_evidence(attempt)) == []
    attempt.loop.answer = "already_done"
    [example] = example_earlier_evidence(attempt)
    assert example.observed_on < today()
