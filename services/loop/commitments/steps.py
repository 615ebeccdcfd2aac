"""The steps of commitments: making, accepting, revising and claiming them, and what refuses each."""

from collections.abc import Iterator
from datetime import date, timedelta

from services.loop.commitments.schemas import ChangeClaim, NewCommitment, Owner, Revision
from services.loop.core import prose
from services.loop.core.attempts import Attempt
from services.loop.core.steps import (
    AHEAD,
    RUNNING,
    WORKED_ON,
    Step,
    StepRoute,
    guard,
    is_ahead,
    problem_at,
    refuse_needless_excuse,
    refuse_unless_excused,
)
from services.loop.errors import (
    AcceptanceRequired,
    ActivityNotOutcome,
    AlreadyAccepted,
    AlreadyKept,
    EvidenceRequired,
    OutcomeRequired,
    ReasonTooThin,
)
from services.loop.models import Loop
from services.loop.records import Evidence
from shared.errors import Invalid, invalid
from shared.events import loop as events
from shared.personal_data.spans import Kind
from shared.plain_words import says_little
from shared.schemas import Schema

NOT_IN_TEAMS = frozenset[Kind]({"NHS number", "phone number", "e-mail address", "postcode", "date of birth"})


@guard(Invalid)
def is_due_later(attempt: Attempt[NewCommitment | Revision]) -> None:
    """Refuse a due date that has passed, or that nobody plans for."""
    if attempt.request.due_on is not None and not is_ahead(attempt.request.due_on, attempt.on):
        raise invalid("/due_on", f"The due date must be {AHEAD}.")


@guard(OutcomeRequired, ActivityNotOutcome, Invalid)
def says_what_people_will_notice(attempt: Attempt[NewCommitment]) -> None:
    """Refuse a promise that does not say what people will notice."""
    promised = attempt.request.people_will_notice or ""
    if says_little(promised, prose.WORDS_OF_AN_OUTCOME):
        raise problem_at("/people_will_notice", OutcomeRequired)
    if objection := prose.mere_activity(promised):
        refuse_unless_excused(attempt.request.because, "/people_will_notice", ActivityNotOutcome, objection)
    else:
        refuse_needless_excuse(attempt.request.because)


@guard(Invalid)
def names_a_team(attempt: Attempt[NewCommitment | Revision]) -> None:
    """Refuse an owner whose team reads as a number or an address; a team may be named after somebody."""
    owner = attempt.request.owner
    prose.refuse_personal_data(owner.team if owner else None, "/owner/team", NOT_IN_TEAMS)


@guard(AlreadyAccepted)
def is_not_accepted(attempt: Attempt[Schema | None]) -> None:
    """Refuse to accept twice."""
    if attempt.commitment and attempt.commitment.accepted_at is not None:
        raise AlreadyAccepted


@guard(AcceptanceRequired)
def is_accepted(attempt: Attempt[Schema | None]) -> None:
    """Refuse until the owner has accepted."""
    if attempt.commitment and attempt.commitment.accepted_at is None:
        raise AcceptanceRequired


@guard(AlreadyKept)
def is_not_kept(attempt: Attempt[Schema | None]) -> None:
    """Refuse to work on a commitment that has been kept."""
    if attempt.commitment and attempt.commitment.kept_at is not None:
        raise AlreadyKept


@guard(Invalid)
def changes_something(attempt: Attempt[Revision]) -> None:
    """Refuse a revision that changes nothing."""
    new, commitment = attempt.request, attempt.commitment
    if new.owner is None and new.due_on in {None, commitment and commitment.due_on}:
        raise invalid("/due_on", "Give another due date or another owner.")


@guard(ReasonTooThin, Invalid)
def says_why(attempt: Attempt[Revision]) -> None:
    """Refuse to revise for a thin reason, unless the request says publicly why it is enough."""
    new = attempt.request
    if objection := prose.thin_reason(new.reason):
        refuse_unless_excused(new.because, "/reason", ReasonTooThin, objection)
    else:
        refuse_needless_excuse(new.because)


@guard(EvidenceRequired, ActivityNotOutcome, Invalid)
def has_evidence(attempt: Attempt[ChangeClaim]) -> None:
    """Refuse a claim without evidence, or on minutes or activity alone."""
    unjudged = [each for each in attempt.evidence if each.id not in attempt.judged_ids]
    if not unjudged:
        raise problem_at("/evidence", EvidenceRequired)
    objections = [objection_to(each, attempt.loop) for each in unjudged]
    if all(objections):
        because = attempt.request.because if any(is_no_minute(each) for each in unjudged) else None
        refuse_unless_excused(because, "/evidence", ActivityNotOutcome, objections[0])
    else:
        refuse_needless_excuse(attempt.request.because)


def is_no_minute(evidence: Evidence) -> bool:
    """Whether evidence can show a change: a minute only shows that people met."""
    return evidence.kind != "minute"


def objection_to(evidence: Evidence, loop: Loop) -> prose.Objection | None:
    """Why a piece of evidence cannot show a change, in its giver's own words unless these are hidden."""
    objection = prose.mere_activity(evidence.description)
    if not is_no_minute(evidence):
        objection = prose.Objection(prose.shortened(evidence.description), "a minute shows that people met.")
    return objection._replace(quote="") if objection and loop.texts_hidden_at else objection


def example_commitments(attempt: Attempt[None]) -> Iterator[NewCommitment]:
    """A promise that the body itself keeps."""
    if owner := attempt.loop.organisation_id or attempt.loop.footprint_id:
        yield NewCommitment(
            owner=Owner(organisation=str(owner), team="estates", role="head of estates"),
            due_on=attempt.on + timedelta(days=90),
            people_will_notice="People will notice that the door opens by itself when they come near it.",
            measure="Counted on five days: how many people had to push the door.",
        )


def example_acceptances(attempt: Attempt[None]) -> Iterator[None]:
    """No body, while nobody has accepted."""
    if attempt.commitment and attempt.commitment.accepted_at is None:
        yield None


def example_revisions(attempt: Attempt[None]) -> Iterator[Revision]:
    """A later due date."""
    yield Revision(
        due_on=max(attempt.commitment.due_on if attempt.commitment else date.min, attempt.on)
        + timedelta(days=42),
        reason="The maker of the door delivers six weeks later than it agreed, and there is no other maker.",
    )


def example_claims(_: Attempt[None]) -> Iterator[ChangeClaim]:
    """A claim on the evidence that was given."""
    yield ChangeClaim()


COMMITMENT = Step[NewCommitment](
    name="commitment",
    sources=("decided", "committed", *WORKED_ON),
    event=events.LoopCommitmentMade,
    guards=(names_a_team, is_due_later, says_what_people_will_notice),
    route=StepRoute(summary="Make a commitment", examples=example_commitments, makes_something=True),
)
ACCEPTANCE = Step[None](
    name="acceptance",
    sources=("committed", *WORKED_ON),
    target="in_progress",
    event=events.LoopCommitmentAccepted,
    guards=(is_not_accepted,),
    route=StepRoute(summary="Accept a commitment", whose="owner", examples=example_acceptances),
)
REVISION = Step[Revision](
    name="revision",
    sources=("committed", *WORKED_ON),
    event=events.LoopCommitmentRevised,
    guards=(is_not_kept, changes_something, names_a_team, is_due_later, says_why),
    route=StepRoute(
        summary="Revise a commitment",
        whose="body_or_owner",
        examples=example_revisions,
        makes_something=True,
    ),
)
CHANGE_CLAIM = Step[ChangeClaim](
    name="change_claim",
    sources=WORKED_ON,
    target="change_claimed",
    event=events.LoopChangeClaimed,
    guards=(is_accepted, is_not_kept, has_evidence),
    route=StepRoute(summary="Claim a change", whose="body_or_owner", examples=example_claims),
)
SLIP = Step[None](name="slip", sources=RUNNING, event=events.LoopCommitmentSlipped)
CONTEST = Step[None](
    name="contest",
    sources=("verdict_open",),
    target="contested",
    event=events.LoopContested,
    meets=("verdict",),
)
STEPS = (COMMITMENT, ACCEPTANCE, REVISION, CHANGE_CLAIM, SLIP, CONTEST)
