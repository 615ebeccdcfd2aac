"""What refuses a step: each guard judges an attempt and raises a named problem that says what to do."""

from datetime import date, timedelta
from uuid import UUID

from services.loop.clocks.working_days import day_in_england
from services.loop.commitments.errors import (
    AcceptanceRequired,
    ActivityNotOutcome,
    AlreadyAccepted,
    AlreadyKept,
    OutcomeRequired,
)
from services.loop.decisions.errors import ConstraintRequired, ReasonTooThin, RevisitRequired
from services.loop.evidence.errors import AlreadyVerified, EvidenceRequired, NotClaimed, SelfVerification
from services.loop.loops import prose
from services.loop.loops.attempts import Attempt
from services.loop.loops.errors import (
    ComplaintInLoop,
    FeedbackRequired,
    ModerationRequired,
    PreviewRequired,
    StatementGiven,
)
from services.loop.records import Evidence
from shared.errors import FieldError, Problem, invalid

DECLINES = {"cannot", "will_not"}
NEEDS_REASON = {"will_do_part", *DECLINES}
GONE = {"withdrawn", "erased"}
FILES = {"photo", "document", "data"}
MINUTE = "minute"
PLANNED_MAX = timedelta(days=36_525)  # whoever writes a day beyond mistyped it


def at(pointer: str, problem: type[Problem], objection: object = None) -> Problem:
    """Return a problem that names a field and, in front of what to do, the objection."""
    sentence = problem.sentence()
    detail = f"{objection} {sentence}" if objection else sentence
    return problem(detail, errors=[FieldError(pointer=pointer, detail=str(objection or sentence))])


def has_feedback(attempt: Attempt) -> None:
    """Refuse a loop without feedback that is still there."""
    if not [copy for copy in attempt.feedback if copy.state not in GONE]:
        raise at("/feedback_ids", FeedbackRequired)


def has_no_complaint(attempt: Attempt) -> None:
    """Refuse a loop with a complaint in it."""
    if any(copy.kind == "complaint" for copy in attempt.feedback):
        raise at("/feedback_ids", ComplaintInLoop)


def is_moderated(attempt: Attempt) -> None:
    """Refuse to show words that no person has read."""
    if attempt.loop.moderated_at is None and not attempt.given.moderated:
        raise at("/moderated", ModerationRequired)


def is_previewed(attempt: Attempt) -> None:
    """Refuse to ask for tellings unless the caller has seen who will be told as it is now."""
    if attempt.given.preview_id != attempt.preview_id:
        raise at("/preview_id", PreviewRequired)


def is_first_statement(attempt: Attempt) -> None:
    """Refuse a second statement."""
    if attempt.loop.stated_at is not None:
        raise StatementGiven


def is_held_by_now(attempt: Attempt) -> None:
    """Refuse to log what people will only be told some day."""
    if attempt.given.held_on > attempt.on:
        raise invalid("/held_on", "Log it when people have been told: give the date.")


def is_decided_by_now(attempt: Attempt) -> None:
    """Refuse a decision of a day that is yet to come."""
    if attempt.given.decided_on > attempt.on:
        raise invalid("/decided_on", "A decision is recorded when it has been taken: give its date.")


def has_reason(attempt: Attempt) -> None:
    """Refuse thin reasons, unless it is said publicly why this one is enough."""
    given = attempt.given
    if given.answer not in NEEDS_REASON or given.because:
        return
    if objection := prose.thin_reason(given.reason or ""):
        raise at("/reason", ReasonTooThin, objection if given.reason else None)


def names_constraint(attempt: Attempt) -> None:
    """Refuse "no resources" without an amount or a named constraint."""
    given = attempt.given
    if given.answer not in NEEDS_REASON or given.constraint:
        return
    if objection := prose.unnamed_constraint(given.reason or ""):
        raise at("/constraint", ConstraintRequired, objection)


def says_what_next(attempt: Attempt) -> None:
    """Refuse to decline without what would change it, when it is looked at again, and how to object."""
    given = attempt.given
    if given.answer not in DECLINES:
        return
    missing = [
        ("/would_change", "What would change your mind?", given.would_change),
        ("/revisit_on", "When do you look again? Or say in `final_because` why never.",
         given.revisit_on or given.final_because),
        ("/how_to_object", "How can people object?", given.how_to_object),
    ]  # fmt: skip
    if errors := [FieldError(pointer=at, detail=detail) for at, detail, value in missing if not value]:
        raise RevisitRequired(errors=errors)
    if given.revisit_on and not is_ahead(given.revisit_on, attempt.on):
        raise invalid("/revisit_on", "The day to look again has to be after today, within a hundred years.")


def shows_it_was_done(attempt: Attempt) -> None:
    """Refuse "already done" without evidence from before the loop."""
    before = [
        evidence
        for evidence in attempt.evidence
        if evidence.kind != MINUTE and evidence.observed_on < day_in_england(attempt.loop.drafted_at)
        and evidence.id not in attempt.judged_ids
    ]  # fmt: skip
    if attempt.given.answer == "already_done" and not before:
        raise EvidenceRequired(
            "What was done already shows in evidence dated before this loop, which is not only a minute: "
            "give it at /v1/loops/{id}/evidence, then decide."
        )


def is_ahead(day: date, on: date) -> bool:
    """Tell whether a day lies ahead, and near enough to be meant."""
    return on < day <= on + PLANNED_MAX


def is_due_later(attempt: Attempt) -> None:
    """Refuse a promise for a day that has passed, or that nobody plans for."""
    if attempt.given.due_on is not None and not is_ahead(attempt.given.due_on, attempt.on):
        raise invalid("/due_on", "The due date has to be after today, within a hundred years.")


def promises_outcome(attempt: Attempt) -> None:
    """Refuse a promise that does not say what people will notice."""
    given = attempt.given
    if len(prose.words(given.people_will_notice or "")) < prose.WORDS_OF_AN_OUTCOME:
        raise at("/people_will_notice", OutcomeRequired)
    if not given.because and (objection := prose.mere_activity(given.people_will_notice)):
        raise at("/people_will_notice", ActivityNotOutcome, objection)


def is_not_accepted(attempt: Attempt) -> None:
    """Refuse to accept twice."""
    if attempt.commitment and attempt.commitment.accepted_at is not None:
        raise AlreadyAccepted


def is_accepted(attempt: Attempt) -> None:
    """Refuse until the owner has accepted."""
    if attempt.commitment and attempt.commitment.accepted_at is None:
        raise AcceptanceRequired


def is_not_kept(attempt: Attempt) -> None:
    """Refuse to work on what has been kept."""
    if attempt.commitment and attempt.commitment.kept_at is not None:
        raise AlreadyKept


def changes_something(attempt: Attempt) -> None:
    """Refuse a revision that revises nothing."""
    given, commitment = attempt.given, attempt.commitment
    if given.owner is None and given.due_on in {None, commitment and commitment.due_on}:
        raise invalid("/due_on", "Give another due date or another owner.")


def says_why(attempt: Attempt) -> None:
    """Refuse to revise for a thin reason, unless it is said publicly why it is enough."""
    given = attempt.given
    if not given.because and (objection := prose.thin_reason(given.reason)):
        raise at("/reason", ReasonTooThin, objection)


def is_observed_by_now(attempt: Attempt) -> None:
    """Refuse evidence from a day that is yet to come."""
    if attempt.given.observed_on > attempt.on:
        raise invalid("/observed_on", "Evidence is of a day that has been.")


def can_be_looked_at(attempt: Attempt) -> None:
    """Refuse evidence that nobody else can look at, and files without their digest."""
    given = attempt.given
    if given.kind in FILES and not (given.sha256 or given.content):
        raise invalid("/sha256", "Give the SHA-256 of the file, or the file itself in `content`.")
    if given.kind == "link" and not given.url:
        raise invalid("/url", "Say where it can be looked at.")


def has_evidence(attempt: Attempt) -> None:
    """Refuse a claim without evidence, and one on minutes or activity alone."""
    unjudged = [each for each in attempt.evidence if each.id not in attempt.judged_ids]
    if not unjudged:
        raise at("/evidence", EvidenceRequired)
    objections = [objection_to(each) for each in unjudged]
    excused = attempt.given.because and any(shows_change(each) for each in unjudged)
    if all(objections) and not excused:
        raise at("/evidence", ActivityNotOutcome, objections[0])


def shows_change(evidence: Evidence) -> bool:
    """Tell whether a piece of evidence can show a change: a minute only shows that people met."""
    return evidence.kind != MINUTE


def objection_to(evidence: Evidence) -> prose.Objection | None:
    """Return why a piece of evidence cannot show a change, in its giver's own words."""
    if not shows_change(evidence):
        return prose.Objection(prose.shortened(evidence.description), "a minute shows that people met.")
    return prose.mere_activity(evidence.description)


def is_of_this_claim(attempt: Attempt) -> None:
    """Refuse to judge evidence of something that nobody claims now."""
    judged, commitment = attempt.judged, attempt.commitment
    claimed = commitment.claimed_at and not commitment.kept_at if commitment else (
        attempt.loop.answer == "already_done" and judged and judged.commitment_id is None
    )  # fmt: skip
    if not claimed:
        raise NotClaimed


def is_not_judged(attempt: Attempt) -> None:
    """Refuse to judge twice."""
    if attempt.judged and attempt.judged.id in attempt.judged_ids:
        raise AlreadyVerified


def is_not_own(attempt: Attempt) -> None:
    """Refuse to verify oneself: by person, or by organisation and team."""
    by = attempt.by
    actors, teams = who_has_a_part(attempt)
    if by.actor in actors or (by.organisation, by.team) in teams:
        raise SelfVerification


def who_has_a_part(attempt: Attempt) -> tuple[set[str | None], set[tuple[object, str | None]]]:
    """Return the persons and the teams that own, claimed or showed what is to be judged."""
    judged, decision, commitment = attempt.judged, attempt.decision, attempt.commitment
    parts: list[tuple[str | None, UUID | None, str | None]]
    parts = [(each.actor, each.organisation_id, each.team) for each in (judged, decision) if each]
    if commitment:
        parts.append((commitment.accepted_by, commitment.owner_organisation_id, commitment.owner_team))
        parts.append((commitment.claimed_by, commitment.claimed_organisation_id, commitment.claimed_team))
    parts = [part for part in parts if part[1] or part[0]]
    return {actor for actor, _, _ in parts if actor}, {(body, team) for _, body, team in parts}


def is_more_than_activity(attempt: Attempt) -> None:
    """Refuse to accept a minute as evidence of a change."""
    judged = attempt.judged
    if attempt.given.accept and judged and not shows_change(judged):
        raise at("/accept", ActivityNotOutcome, objection_to(judged))
