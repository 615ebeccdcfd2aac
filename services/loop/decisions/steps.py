"""The step of deciding: what refuses a decision, and decisions that would pass."""

from collections.abc import Iterator
from datetime import timedelta
from typing import get_args

from services.loop.core import prose
from services.loop.core.attempts import Attempt
from services.loop.core.steps import (
    AHEAD,
    Step,
    StepRoute,
    guard,
    is_ahead,
    problem_at,
    refuse_needless_excuse,
    refuse_unless_excused,
)
from services.loop.decisions.schemas import NewDecision
from services.loop.errors import ConstraintRequired, EvidenceRequired, ReasonTooThin, RevisitRequired
from services.loop.models import DECLINES
from shared.clock import day_in_england
from shared.errors import FieldError, Invalid, invalid
from shared.events.loop import DecisionAnswer, LoopDecided
from shared.plain_words import says_little

NEEDS_REASON = {"will_do_part", *DECLINES}
MINUTE = "minute"
REASON = "The council refused consent for a ramp in May 2026, because the front of the house is listed."


@guard(Invalid)
def is_decided_by_now(attempt: Attempt[NewDecision]) -> None:
    """Refuse a decision of a day in the future."""
    if attempt.request.decided_on > attempt.on:
        raise invalid("/decided_on", "Give the date on which it was decided. It cannot be in the future.")


@guard(ReasonTooThin, Invalid)
def has_reason(attempt: Attempt[NewDecision]) -> None:
    """Refuse thin reasons, unless the request says publicly why this one is enough."""
    new = attempt.request
    objection = prose.thin_reason(new.reason or "") if new.answer in NEEDS_REASON else None
    if objection is None:
        refuse_needless_excuse(new.because)
    else:
        refuse_unless_excused(new.because, "/reason", ReasonTooThin, objection if new.reason else None)


@guard(ConstraintRequired)
def names_constraint(attempt: Attempt[NewDecision]) -> None:
    """Refuse "no resources" without an amount or a named constraint, and a constraint that says nothing."""
    new = attempt.request
    if not says_little(new.constraint, prose.WORDS_OF_A_FACT):
        return
    if new.constraint is not None:
        raise problem_at("/constraint", ConstraintRequired)
    if new.answer not in NEEDS_REASON:
        return
    if objection := prose.unnamed_constraint(new.reason or ""):
        raise problem_at("/constraint", ConstraintRequired, objection)


@guard(RevisitRequired, Invalid)
def says_what_next(attempt: Attempt[NewDecision]) -> None:
    """Refuse to decline without what would change it, when it is looked at again, and how to object."""
    new = attempt.request
    if new.answer not in DECLINES:
        return
    looks_again = bool(new.revisit_on or new.final_because)
    missing = [
        ("/would_change", "Say what would change the answer.", new.would_change),
        ("/revisit_on", "Say when you will look again, or why never in `final_because`.", looks_again),
        ("/how_to_object", "Say how people can object.", new.how_to_object),
    ]
    if errors := [FieldError(pointer=at, detail=detail) for at, detail, is_said in missing if not is_said]:
        raise RevisitRequired(errors=errors)
    if new.revisit_on and not is_ahead(new.revisit_on, attempt.on):
        raise invalid("/revisit_on", f"The day to look again must be {AHEAD}.")


@guard(EvidenceRequired)
def shows_it_was_done(attempt: Attempt[NewDecision]) -> None:
    """Refuse "already done" without evidence from before the loop."""
    before = [
        evidence
        for evidence in attempt.evidence
        if evidence.kind != MINUTE
        and evidence.observed_on < day_in_england(attempt.loop.drafted_at)
        and evidence.id not in attempt.judged_ids
    ]
    if attempt.request.answer == "already_done" and not before:
        raise EvidenceRequired(
            "To say that it was already done, first give evidence dated before this loop at "
            "/v1/loops/{id}/evidence. A minute is not enough."
        )


def example_decisions(attempt: Attempt[None]) -> Iterator[NewDecision]:
    """One decision with each answer."""
    for answer in get_args(DecisionAnswer):
        declines = answer in DECLINES
        yield NewDecision(
            answer=answer,
            deciding_role="chief operating officer",
            forum="access committee",
            decided_on=attempt.on,
            reason=REASON if answer in NEEDS_REASON else None,
            would_change="Consent for a ramp, or a second entrance that we may use." if declines else None,
            revisit_on=attempt.on + timedelta(days=365) if declines else None,
            how_to_object="Write to the board secretary, who puts it to the next public meeting."
            if declines
            else None,
        )


DECISION = Step[NewDecision](
    name="decision",
    sources=("acknowledged", "considering"),
    event=LoopDecided,
    guards=(is_decided_by_now, has_reason, names_constraint, says_what_next, shows_it_was_done),
    stamp="decided_at",
    meets=("decide", "revisit"),
    route=StepRoute(summary="Decide", examples=example_decisions, makes_something=True),
)
STEPS = (DECISION,)
