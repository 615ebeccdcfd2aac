"""Requests as people send them: the examples of each step, and who sends them on which version."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from uuid import UUID

from fastapi import Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.commitments.schemas import NewCommitment, Revision
from services.loop.commitments.steps import example_commitments, example_revisions
from services.loop.core.attempts import Attempt, attempt_by_rule
from services.loop.decisions.schemas import NewDecision
from services.loop.decisions.steps import example_decisions
from services.loop.evidence.schemas import Judgement, NewEvidence
from services.loop.evidence.steps import photo_of
from services.loop.models import Loop
from services.loop.records import Commitment
from shared.auth import Actor, Caller
from shared.change_request import AttributedEditRequest
from shared.clock import today
from shared.events.loop import DecisionAnswer
from shared.idempotency import OnceGuard
from shared.versions import Wanted

Acting = Callable[[AsyncSession], AttributedEditRequest]
JUDGEMENT = Judgement(accept=True, reason="The photo shows the new door, and the counts that people use it.")


def acting(caller: Caller, actor: Actor, version: int) -> Acting:
    """A function that makes the request of a person who has read a version, in a session."""

    def request(session: AsyncSession) -> AttributedEditRequest:
        return AttributedEditRequest(
            session=session,
            caller=caller,
            actor=actor,
            version=Wanted(version),
            once=OnceGuard(),
            response=Response(),
        )

    return request


def attempt_now(owner: UUID | None = None) -> Attempt[None]:
    """An attempt of today on a loop that this body must answer."""
    return attempt_by_rule(Loop(organisation_id=owner))


def example_decision(answer: DecisionAnswer) -> NewDecision:
    """A decision with this answer that passes."""
    return next(each for each in example_decisions(attempt_now()) if each.answer == answer)


def example_commitment(owner: UUID) -> NewCommitment:
    """A promise of this body that passes."""
    return next(example_commitments(attempt_now(owner)))


def example_revision(due_on: date) -> Revision:
    """A later due date that passes."""
    return next(example_revisions(replace(attempt_now(), commitment=Commitment(due_on=due_on))))


def example_photo() -> NewEvidence:
    """Evidence of today that passes."""
    return photo_of(today())
