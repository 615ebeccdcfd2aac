"""Examples of what each step takes: each passes as it stands, and is meant to be replaced."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from services.loop.clocks.working_days import day_in_england
from services.loop.commitments.schemas import ChangeClaim, NewCommitment, Revision
from services.loop.decisions.schemas import NewDecision
from services.loop.evidence.schemas import Judgement, NewEvidence
from services.loop.loops.schemas import Acknowledgement, Statement, Wording
from services.loop.models import Loop
from services.loop.tellings.schemas import NewGroupTelling
from shared.events.loop import DecisionAnswer

REASON = "The council refused consent for a ramp in May 2026, because the front of the house is listed."
OPENING = Wording(moderated=True)
CLAIM = ChangeClaim()
JUDGEMENT = Judgement(accept=True, reason="The photo shows the new door, and the counts that people use it.")
STATEMENT = Statement(statement="We thank everybody who told us, and have changed how we plan such work.")


def acknowledgement(preview_id: str, loop: Loop) -> Acknowledgement:
    """Return an acknowledgement of who would be told now."""
    return Acknowledgement(preview_id=preview_id, moderated=loop.moderated_at is None)


def decision(answer: DecisionAnswer, on: date) -> NewDecision:
    """Return a decision with this answer."""
    declines: dict[str, Any] = {
        "would_change": "Consent for a ramp, or a second entrance that we may use.",
        "revisit_on": on + timedelta(days=365),
        "how_to_object": "Write to the board secretary, who puts it to the next public meeting.",
    }
    reasons = {"reason": REASON} if answer in {"will_do_part", "cannot", "will_not"} else {}
    return NewDecision(
        answer=answer, deciding_role="chief operating officer", forum="access committee", decided_on=on,
        **reasons, **(declines if answer in {"cannot", "will_not"} else {}),
    )  # fmt: skip


def commitment(owner: UUID, on: date) -> NewCommitment:
    """Return a promise that this body keeps."""
    return NewCommitment.model_validate(
        {
            "owner": {"organisation": str(owner), "team": "estates", "role": "head of estates"},
            "due_on": on + timedelta(days=90),
            "people_will_notice": "People will notice that the door opens by itself when they come near it.",
            "measure": "Counted on five days: how many people had to push the door.",
        }
    )


def revision(due_on: date, on: date) -> Revision:
    """Return a later due date."""
    reason = "The maker of the door delivers six weeks later than it had agreed, and there is no other maker."
    return Revision(due_on=max(due_on, on) + timedelta(days=42), reason=reason)


def evidence(on: date) -> NewEvidence:
    """Return evidence of a day."""
    return NewEvidence(
        kind="photo", description="The new door, open, with nobody touching it.",
        url="https://www.example.org/door.jpg", sha256="0" * 64, observed_on=on,
    )  # fmt: skip


def group_telling(on: date) -> NewGroupTelling:
    """Return that people were told together on a day."""
    return NewGroupTelling(held_on=on, way="meeting of the patients' panel", people=14)


def evidence_before(loop: Loop) -> NewEvidence:
    """Return evidence from before the loop."""
    return evidence(day_in_england(loop.drafted_at) - timedelta(days=1))
