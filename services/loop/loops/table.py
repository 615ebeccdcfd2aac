"""What may happen to a loop, and when: the one table of steps, and the one function that takes them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.clocks import domain as clocks
from services.loop.history.domain import Texts, append
from services.loop.loops import guards
from services.loop.loops.attempts import Attempt
from services.loop.loops.errors import StepNotAllowed
from services.loop.loops.facts import fact
from services.loop.models import Loop
from shared.clock import now
from shared.events import loop as events
from shared.events.loop import LoopState, State
from shared.outbox import record

Guard = Callable[[Attempt], None]
STATES: tuple[State, ...] = get_args(State)
# Whatever is public and not at its end.
RUNNING = tuple(state for state in STATES if state not in {"draft", "closed"})
WORKED_ON: tuple[State, ...] = ("in_progress", "contested")


@dataclass(frozen=True, slots=True)
class Step:
    """From which states a step is taken, what refuses it, where it leads and what tells of it."""

    sources: Sequence[State]
    target: State | None  # none: the state stays, or the rule of the step says which it is
    event: type[LoopState]
    guards: Sequence[Guard] = ()
    stamp: str | None = None  # the column that keeps when it was last taken
    meets: Sequence[clocks.Kind] = ()
    starts: Sequence[clocks.Kind] = ()


STEPS: Mapping[str, Step] = {
    "opening": Step(
        ("draft",), "open", events.LoopOpened,
        (guards.has_feedback, guards.has_no_complaint, guards.is_moderated),
        stamp="opened_at", starts=("acknowledge",),
    ),
    "opening_by_rule": Step(
        ("draft",), "open", events.LoopOpened, (guards.has_feedback, guards.has_no_complaint),
        stamp="opened_at", starts=("acknowledge",),
    ),
    "moderation": Step(RUNNING, None, events.LoopModerated, (guards.is_moderated,), stamp="moderated_at"),
    "acknowledgement": Step(
        ("open",), "acknowledged", events.LoopAcknowledged, (guards.is_previewed,),
        stamp="acknowledged_at", meets=("acknowledge",), starts=("decide",),
    ),
    "consideration": Step(
        ("acknowledged", "contested"), "considering", events.LoopConsidered, stamp="considered_at"
    ),
    # Leads to decided, to telling when declined, to evidence_check when it was already done.
    "decision": Step(
        ("acknowledged", "considering"), None, events.LoopDecided,
        (
            guards.is_decided_by_now, guards.has_reason, guards.names_constraint,
            guards.says_what_next, guards.shows_it_was_done,
        ),
        stamp="decided_at", meets=("decide", "revisit"),
    ),
    "commitment": Step(
        ("decided", "committed", "in_progress", "contested"), None, events.LoopCommitmentMade,
        (guards.is_due_later, guards.promises_outcome),
    ),
    "acceptance": Step(
        ("committed", *WORKED_ON), "in_progress", events.LoopCommitmentAccepted, (guards.is_not_accepted,)
    ),
    "revision": Step(
        ("committed", *WORKED_ON), None, events.LoopCommitmentRevised,
        (guards.is_not_kept, guards.changes_something, guards.is_due_later, guards.says_why),
    ),
    "slip": Step(RUNNING, None, events.LoopCommitmentSlipped),
    "evidence": Step(
        (*WORKED_ON, "change_claimed", "evidence_check"), None, events.LoopEvidenceGiven,
        (guards.is_not_kept, guards.is_observed_by_now, guards.can_be_looked_at),
    ),
    # Evidence that it was done before anybody asked.
    "evidence_before": Step(
        ("acknowledged", "considering", "evidence_check"), None, events.LoopEvidenceGiven,
        (guards.is_observed_by_now, guards.can_be_looked_at),
    ),
    "change_claim": Step(
        WORKED_ON, "change_claimed", events.LoopChangeClaimed,
        (guards.is_accepted, guards.is_not_kept, guards.has_evidence),
    ),
    # Leads to telling, back to in_progress or considering, or stays while evidence is left to judge.
    "verification": Step(
        ("change_claimed", "evidence_check"), None, events.LoopEvidenceAccepted,
        (guards.is_of_this_claim, guards.is_not_judged, guards.is_not_own, guards.is_more_than_activity),
    ),
    "statement": Step(RUNNING, None, events.LoopStated, (guards.is_first_statement,), stamp="stated_at"),
    "group_telling": Step(
        ("telling",), None, events.LoopGroupTold, (guards.is_held_by_now,), starts=("update",)
    ),
    "telling": Step(
        ("telling",), "verdict_open", events.LoopContributorsTold,
        stamp="verdict_opened_at", starts=("verdict",),
    ),
    "closing": Step(
        ("verdict_open",), "closed", events.LoopClosed, stamp="closed_at", meets=("verdict", "update")
    ),
    "contest": Step(("verdict_open",), "contested", events.LoopContested, meets=("verdict",)),
    "inheritance": Step(("draft", *RUNNING), None, events.LoopInherited, stamp="inherited_at"),
    "erasure": Step((*STATES,), None, events.LoopTextsErased),
}  # fmt: skip


async def advance(
    session: AsyncSession,
    name: str,
    attempt: Attempt,
    *,
    to: State | None = None,
    event: type[LoopState] | None = None,
    told: Mapping[str, Any] | None = None,
    facts: Mapping[str, Any] | None = None,
    texts: Texts | None = None,
    whose: UUID | None = None,
) -> None:
    """Take a step if the table allows it: state, clocks, history and event change together.

    The loop has to be locked. `to` is the state where the step's rule chooses it, `event` another class
    than the table's, `told` the event's own fields; `facts` and `texts` go into the history.
    """
    refuse(name, attempt)
    await take(session, name, attempt, to=to, event=event, told=told, facts=facts, texts=texts, whose=whose)


async def take(
    session: AsyncSession,
    name: str,
    attempt: Attempt,
    *,
    to: State | None = None,
    event: type[LoopState] | None = None,
    told: Mapping[str, Any] | None = None,
    facts: Mapping[str, Any] | None = None,
    texts: Texts | None = None,
    whose: UUID | None = None,
) -> None:
    """Take a step that has been refused by nothing; the loop has to be locked."""
    step, loop, at = STEPS[name], attempt.loop, now()
    previous, loop.state = loop.state, to or step.target or loop.state
    if step.stamp:
        setattr(loop, step.stamp, at)
    for kind in step.meets:
        await clocks.meet(session, loop, kind, at)
    for kind in step.starts:
        await clocks.start(session, loop, kind, at)
    append(session, loop, name, attempt.by, facts, texts, whose=whose)
    # What happens to a draft is nobody's business outside.
    telling = events.LoopRestated if loop.state == "draft" else event or step.event
    record(session, loop, fact(loop, telling, previous, told))


def refuse(name: str, attempt: Attempt) -> None:
    """Raise the first problem that stands against a step."""
    allowed_here(name, attempt.loop)
    for guard in STEPS[name].guards:
        guard(attempt)


def allowed_here(name: str, loop: Loop) -> None:
    """Refuse with StepNotAllowed what does not go with the loop's state."""
    if loop.state not in STEPS[name].sources:
        raise StepNotAllowed(
            f"A loop that is {loop.state} does not take this step, only one that is "
            f"{' or '.join(STEPS[name].sources)}: see GET /v1/loops/{loop.id}/next."
        )
