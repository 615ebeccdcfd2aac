"""What somebody tries to do to a loop, with all that its guards need to judge it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from services.loop.history.chain import By
from services.loop.models import FeedbackCopy, Loop
from services.loop.records import Commitment, Decision, Evidence, Verification
from shared.auth import Actor, Caller


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """A step that somebody tries to take, and what is known about the loop at that moment."""

    loop: Loop
    by: By
    on: date
    # What came with the request; each step has a shape of its own.
    given: Any = None
    feedback: Sequence[FeedbackCopy] = ()
    # The id of the preview that would be made now.
    preview_id: str | None = None
    commitment: Commitment | None = None
    decision: Decision | None = None
    # The evidence of the commitment, or of the loop where there is none, and what was made of it.
    evidence: Sequence[Evidence] = ()
    verifications: Sequence[Verification] = ()
    judged: Evidence | None = None

    @property
    def judged_ids(self) -> set[UUID]:
        """The evidence that somebody has judged."""
        return {verification.evidence_id for verification in self.verifications}


@dataclass(frozen=True)
class Who:
    """The client and the person that take a step, and the version of the loop that they have read."""

    caller: Caller
    actor: Actor
    version: int

    @property
    def by(self) -> By:
        """Who it is, as the history keeps it."""
        return By.of(self.caller, self.actor)

    def is_body_of(self, loop: Loop) -> bool:
        """Tell whether the client acts for the body that is to answer."""
        own = self.caller.organisation_id
        return own is not None and own in (loop.organisation_id, loop.footprint_id)

    def is_owner_of(self, commitment: Commitment) -> bool:
        """Tell whether the client is the team that owns a commitment."""
        owner = (commitment.owner_organisation_id, commitment.owner_team)
        return owner == (self.caller.organisation_id, self.caller.team)
