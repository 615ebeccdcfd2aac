"""The steps of evidence: giving it and judging it, and what refuses each."""

import base64
from collections.abc import Iterator
from datetime import date, timedelta

from services.loop.commitments.steps import is_no_minute, is_not_kept, objection_to
from services.loop.core import prose
from services.loop.core.attempts import Attempt
from services.loop.core.names import fold
from services.loop.core.queries import bodies_answering
from services.loop.core.steps import WORKED_ON, Step, StepRoute, guard, problem_at
from services.loop.errors import (
    ActivityNotOutcome,
    AlreadyVerified,
    NotClaimed,
    NothingToLookAt,
    ReasonTooThin,
    SelfVerification,
)
from services.loop.evidence.schemas import Judgement, NewEvidence
from shared.clock import day_in_england
from shared.errors import Invalid, invalid
from shared.events import loop as events
from shared.events.loop import JudgedBy
from shared.personal_data.spans import Kind
from shared.plain_words import WORDS_OF_AN_EXCUSE, says_little
from shared.schemas import Schema

# Digits in an address are of any kind, but nobody needs an e-mail address to find a page.
NOT_IN_ADDRESSES = frozenset[Kind]({"e-mail address"})


@guard(Invalid)
def is_observed_by_now(attempt: Attempt[NewEvidence]) -> None:
    """Refuse evidence from a day in the future."""
    if attempt.request.observed_on > attempt.on:
        raise invalid("/observed_on", "Give the date of what the evidence shows. It cannot be in the future.")


@guard(Invalid, NothingToLookAt)
def can_be_looked_at(attempt: Attempt[NewEvidence]) -> None:
    """Refuse evidence that nobody else can look at: without its file, or without where it was seen."""
    new = attempt.request
    prose.refuse_personal_data(new.url, "/url", NOT_IN_ADDRESSES)
    if new.kind == "link" and not new.url:
        raise invalid("/url", "Give the address at which people can see it.")
    if new.kind == "observation" and says_little(new.place, 1):
        raise problem_at("/place", NothingToLookAt, "Say where somebody saw this.")
    if new.kind != "observation" and not new.content:
        raise problem_at("/content", NothingToLookAt, "Give the file, or a copy of what is at the address.")


@guard(ReasonTooThin)
def says_why_it_judges(attempt: Attempt[Judgement]) -> None:
    """Refuse a judgement without words: everybody reads why."""
    if says_little(attempt.request.reason, WORDS_OF_AN_EXCUSE):
        raise problem_at("/reason", ReasonTooThin)


@guard(NothingToLookAt)
def shows_something(attempt: Attempt[Judgement]) -> None:
    """Refuse to accept what nobody can look at, such as evidence from before files were kept."""
    judged = attempt.judged
    if attempt.request.accept and judged and judged.file_bytes is None and not judged.place:
        raise problem_at("/accept", NothingToLookAt)


@guard(NotClaimed)
def is_of_this_claim(attempt: Attempt[Schema | None]) -> None:
    """Refuse to judge evidence of something that nobody claims now."""
    judged, commitment = attempt.judged, attempt.commitment
    if commitment:
        claimed = bool(commitment.claimed_at and not commitment.kept_at)
    else:
        claimed = attempt.loop.answer == "already_done" and bool(judged and judged.commitment_id is None)
    if not claimed:
        raise NotClaimed


@guard(AlreadyVerified)
def is_not_judged(attempt: Attempt[Schema | None]) -> None:
    """Refuse to judge twice."""
    if attempt.judged and attempt.judged.id in attempt.judged_ids:
        raise AlreadyVerified


@guard(SelfVerification)
def is_not_own(attempt: Attempt[Schema | None]) -> None:
    """Refuse people who judge their own part: by person, or by organisation and team, however spelt.

    A team stays itself when its organisation becomes another.
    """
    by, parts = attempt.by, attempt.parts
    is_person = fold(by.actor) in {fold(part.actor) for part in parts if part.actor}
    own = {fold(part.team) for part in parts if part.organisation in {by.organisation, *attempt.kin}}
    if is_person or fold(by.team) in own:
        raise SelfVerification


def judged_by(attempt: Attempt[Judgement]) -> JudgedBy:
    """Whether another organisation judges, or a body that must answer, or had a part in what it answers."""
    bodies = bodies_answering(attempt.loop, attempt.parts)
    is_own = not bodies.isdisjoint({attempt.by.organisation, *attempt.kin})
    return "the_body_itself" if is_own else "another_organisation"


@guard(ActivityNotOutcome)
def is_more_than_activity(attempt: Attempt[Judgement]) -> None:
    """Refuse to accept a minute as evidence of a change."""
    judged = attempt.judged
    if attempt.request.accept and judged and not is_no_minute(judged):
        raise problem_at("/accept", ActivityNotOutcome, objection_to(judged, attempt.loop))


def photo_of(day: date) -> NewEvidence:
    """A photo of a day."""
    return NewEvidence(
        kind="photo",
        description="The new door, open, with nobody touching it.",
        url="https://www.example.org/door.jpg",
        content=base64.b64encode(b"the file").decode(),
        observed_on=day,
    )


def example_evidence(attempt: Attempt[None]) -> Iterator[NewEvidence]:
    """A photo of today."""
    yield photo_of(attempt.on)


def example_earlier_evidence(attempt: Attempt[None]) -> Iterator[NewEvidence]:
    """A photo from the day before the loop, unless other evidence is being checked."""
    if attempt.loop.state != "evidence_check" or attempt.loop.answer == "already_done":
        yield photo_of(day_in_england(attempt.loop.drafted_at) - timedelta(days=1))


def example_judgements(attempt: Attempt[None]) -> Iterator[Judgement]:
    """A judgement that accepts the evidence, while nobody has judged it."""
    if attempt.judged and attempt.judged.id not in attempt.judged_ids:
        yield Judgement(
            accept=True, reason="The photo shows the new door, and the counts that people use it."
        )


EVIDENCE = Step[NewEvidence](
    name="evidence",
    sources=(*WORKED_ON, "change_claimed", "evidence_check"),
    event=events.LoopEvidenceGiven,
    guards=(is_not_kept, is_observed_by_now, can_be_looked_at),
    route=StepRoute(
        summary="Show that a commitment is kept",
        whose="body_or_owner",
        examples=example_evidence,
        makes_something=True,
    ),
)
# Evidence that it was done before anybody asked.
EVIDENCE_BEFORE = Step[NewEvidence](
    name="evidence_before",
    sources=("acknowledged", "considering", "evidence_check"),
    event=events.LoopEvidenceGiven,
    guards=(is_observed_by_now, can_be_looked_at),
    route=StepRoute(
        summary="Show that it was already done", examples=example_earlier_evidence, makes_something=True
    ),
)
VERIFICATION = Step[Judgement](
    name="verification",
    sources=("change_claimed", "evidence_check"),
    event=events.LoopEvidenceAccepted,
    guards=(
        is_of_this_claim,
        is_not_judged,
        is_not_own,
        is_more_than_activity,
        shows_something,
        says_why_it_judges,
    ),
    route=StepRoute(
        summary="Judge evidence", whose="verifier", examples=example_judgements, makes_something=True
    ),
)
STEPS = (EVIDENCE, EVIDENCE_BEFORE, VERIFICATION)
