"""What somebody tries to do to a loop, with everything that the guards of a step need to judge it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Generic, NamedTuple, TypeVar
from uuid import UUID

from services.loop.history.chain import BY_RULE, By
from services.loop.history.domain import Texts
from services.loop.models import Loop
from services.loop.records import Commitment, Decision, Evidence, Verification
from shared.change_request import AttributedEditRequest
from shared.clock import today
from shared.schemas import Schema

Request_co = TypeVar("Request_co", bound=Schema | None, covariant=True)
Other = TypeVar("Other", bound=Schema | None)


class Part(NamedTuple):
    """Who has a part in a loop: an organisation's team, a person, or both."""

    organisation: UUID | None
    team: str | None
    actor: str | None
    # Whether it is a part in what the loop answers, not only in raising it.
    answers: bool = True


@dataclass(frozen=True, kw_only=True)
class Attempt(Generic[Request_co]):
    """A step that somebody tries to take, and the loop's state at that moment."""

    loop: Loop
    by: By
    on: date
    # The request's body; each step has its own shape, and those that only rules take have none.
    request: Request_co
    # The words of the loop with those of the request in their place, masked; rules bring none.
    words: Texts = field(default_factory=dict)
    # The id of the preview that would be made now.
    preview_id: str | None = None
    commitment: Commitment | None = None
    decision: Decision | None = None
    # The evidence of the commitment, or of the loop where there is none, with its verifications.
    evidence: Sequence[Evidence] = ()
    verifications: Sequence[Verification] = ()
    judged: Evidence | None = None
    # Everybody who drafted, decided, promised, owns, claimed or showed something in the loop.
    parts: Sequence[Part] = ()
    # The organisation that acts, with all that it came from and all that it became.
    kin: Collection[UUID] = ()

    @property
    def judged_ids(self) -> set[UUID]:
        """The evidence that somebody has judged."""
        return {verification.evidence_id for verification in self.verifications}

    def with_request(self, request: Other) -> "Attempt[Other]":
        """The same attempt with another request."""
        return Attempt(
            loop=self.loop,
            by=self.by,
            on=self.on,
            request=request,
            words=self.words,
            preview_id=self.preview_id,
            commitment=self.commitment,
            decision=self.decision,
            evidence=self.evidence,
            verifications=self.verifications,
            judged=self.judged,
            parts=self.parts,
            kin=self.kin,
        )


def attempt_by_rule(loop: Loop) -> Attempt[None]:
    """The attempt of a rule, when time has passed or another service has published an event."""
    return Attempt(loop=loop, by=BY_RULE, on=today(), request=None)


def attempt_of(
    change: AttributedEditRequest,
    loop: Loop,
    request: Other,
    *,
    words: Texts | None = None,
    preview_id: str | None = None,
    commitment: Commitment | None = None,
) -> Attempt[Other]:
    """The attempt of a request that came over HTTP."""
    return Attempt(
        loop=loop,
        by=By.of(change.caller, change.actor),
        on=today(),
        request=request,
        words=words or {},
        preview_id=preview_id,
        commitment=commitment,
    )
