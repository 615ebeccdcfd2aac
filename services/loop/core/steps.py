"""What a step is, who may take it, what judges it, and the one function that takes it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Generic, Literal, TypeVar, get_args
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.clocks.domain import ClockKind, meet_clock, start_clock
from services.loop.core import prose
from services.loop.core.attempts import Attempt
from services.loop.errors import LoopHalted, NotResponsible, NotTheOwner, StepNotAllowed
from services.loop.history.domain import Texts, append_entry
from services.loop.models import Loop
from services.loop.service import STEP_PATHS
from shared.clock import now
from shared.errors import FieldError, Problem, invalid
from shared.events.loop import LoopFact, LoopRestated, LoopState, State
from shared.outbox import record
from shared.schemas import Schema

Request = TypeVar("Request", bound=Schema | None)
Request_contra = TypeVar("Request_contra", bound=Schema | None, contravariant=True)
Fact = TypeVar("Fact", bound=LoopFact)
Whose = Literal["body", "owner", "body_or_owner", "verifier", "others", "asked"]
STATES: tuple[State, ...] = get_args(State)
# Every state that is public and not the last.
RUNNING = tuple(state for state in STATES if state not in {"draft", "closed"})
WORKED_ON: tuple[State, ...] = ("in_progress", "contested")
# A later day is a slip of the pen.
PLANNED_MAX = timedelta(days=36_525)
AHEAD = "after today, and within a hundred years"


@dataclass(frozen=True)
class Guard(Generic[Request_contra]):
    """A rule that refuses a step, and the problems that it can raise."""

    check: Callable[[Attempt[Request_contra]], None]
    problems: tuple[type[Problem], ...]

    def __call__(self, attempt: Attempt[Request_contra]) -> None:
        """Raise a problem if the rule refuses the attempt."""
        self.check(attempt)


def guard(
    *problems: type[Problem],
) -> Callable[[Callable[[Attempt[Request]], None]], Guard[Request]]:
    """Make a guard of a function that raises these problems."""
    return lambda check: Guard(check, problems)


@dataclass(frozen=True, kw_only=True)
class StepRoute(Generic[Request]):
    """How a step is taken over HTTP; its path stands in the service's manifest, under the step's name."""

    summary: str
    whose: Whose = "body"
    # Requests that would pass; callers replace the values with real ones. None where the step has no point.
    examples: Callable[[Attempt[None]], Iterable[Request]]
    makes_something: bool = False


@dataclass(frozen=True, kw_only=True)
class Step(Generic[Request]):
    """The states that allow a step, what refuses it, the state it leads to and the event that records it."""

    name: str
    sources: Sequence[State]
    # None: the state stays, or the rule of the step chooses it.
    target: State | None = None
    event: type[LoopState]
    guards: Sequence[Guard[Request]] = ()
    # The column that keeps when the step was last taken.
    stamp: str | None = None
    meets: Sequence[ClockKind] = ()
    starts: Sequence[ClockKind] = ()
    # None: only a rule takes the step.
    route: StepRoute[Request] | None = None
    # The guards of the opening, which the same request takes first where the loop is a draft.
    draft_guards: Sequence[Guard[Request]] = ()
    # Whether people take it while the loop is halted; rules go on.
    while_halted: bool = False

    @property
    def path(self) -> str:
        """The path at which the step is taken; KeyError for a step that only rules take."""
        return STEP_PATHS[self.name]

    @property
    def problems(self) -> frozenset[type[Problem]]:
        """Every problem that the step's state, rights and guards can raise."""
        guards = (*self.guards, *self.draft_guards)
        found = {problem for each in guards for problem in each.problems} | {StepNotAllowed}
        if self.route and not self.while_halted:
            found |= {LoopHalted}
        if self.route and self.route.whose != "verifier":
            found |= {NotTheOwner if self.route.whose == "owner" else NotResponsible}
        return frozenset(found)


# A step of any shape, for the table of all.
AnyStep = Step[Any]


@dataclass(frozen=True)
class Judged(Generic[Request]):
    """An attempt that nothing refuses: only `judge` makes one, so nothing changes before it is judged."""

    step: Step[Request]
    attempt: Attempt[Request]


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a step leaves in its event and in the history, apart from the state."""

    # The state, where the rule of the step chooses it.
    to: State | None = None
    # The event's class, where it is not the step's.
    event: type[LoopState] | None = None
    # The event's own fields.
    fields: Mapping[str, object] = field(default_factory=dict)
    facts: Mapping[str, object] = field(default_factory=dict)
    texts: Texts = field(default_factory=dict)
    # The feedback of the one contributor whose words the texts are.
    contributor: UUID | None = None


NOTHING_MORE = Effect()


def judge(step: Step[Request], attempt: Attempt[Request]) -> Judged[Request]:
    """Judge an attempt by the state of its loop and by every guard; the first problem is raised."""
    check_state(step, attempt.loop)
    for check in step.guards:
        check(attempt)
    return Judged(step, attempt)


def check_state(step: Step[Request], loop: Loop) -> None:
    """Raise StepNotAllowed or LoopHalted where the loop as it is does not allow a step."""
    if loop.halted_at and step.route and not step.while_halted:
        raise LoopHalted(f"{LoopHalted.sentence()} See GET /v1/loops/{loop.id}/next.")
    if loop.state not in step.sources:
        raise StepNotAllowed(
            f"A loop in the state {loop.state} does not allow this step. "
            f"The step needs the state {' or '.join(step.sources)}. See GET /v1/loops/{loop.id}/next."
        )


def take(session: AsyncSession, judged: Judged[Request], effect: Effect = NOTHING_MORE) -> None:
    """Take a step on a locked loop: its state, clocks, history and event change together.

    Its rows are changed and added before, because the history holds what they show.
    """
    step, loop, at = judged.step, judged.attempt.loop, now()
    previous, loop.state = loop.state, effect.to or step.target or loop.state
    if step.stamp:
        setattr(loop, step.stamp, at)
    for kind in step.meets:
        meet_clock(loop, kind, at)
    for kind in step.starts:
        start_clock(loop, kind, at)
    append_entry(
        session,
        loop,
        step.name,
        judged.attempt.by,
        effect.facts,
        effect.texts,
        commitment=judged.attempt.commitment,
        contributor=effect.contributor,
    )
    # Others do not learn what happens to a draft.
    event = LoopRestated if loop.state == "draft" else effect.event or step.event
    record(session, loop, loop_event(loop, event, previous, effect.fields))


def loop_event(
    loop: Loop,
    event: type[Fact],
    previous: State | None = None,
    fields: Mapping[str, object] | None = None,
) -> Fact:
    """The event that describes a loop as it is now; `fields` are the event's own."""
    bodies = sorted({body for body in (loop.organisation_id, loop.footprint_id) if body})
    linked = {"feedback_ids": loop.feedback_ids} if issubclass(event, LoopState) else {}
    facts = {
        "loop_id": loop.id,
        "state": loop.state,
        "previous_state": previous,
        "organisation_id": loop.organisation_id,
        "footprint_id": loop.footprint_id,
        "demonstration": loop.demonstration,
        "answer": loop.answer,
        "closed_as": loop.closed_as,
        "judged_by": loop.judged_by,
        "head": loop.history_head,
        "length": loop.history_length,
        "organisations": bodies,
        "footprints": [loop.footprint_id] if loop.footprint_id else [],
    }
    return event.model_validate(facts | linked | dict(fields or {}))


def problem_at(pointer: str, problem: type[Problem], objection: object = None) -> Problem:
    """A problem with one field: the objection, if there is one, then what to do."""
    sentence = problem.sentence()
    detail = f"{objection} {sentence}" if objection else sentence
    return problem(detail, errors=[FieldError(pointer=pointer, detail=str(objection or sentence))])


def refuse_unless_excused(
    because: str | None, pointer: str, problem: type[Problem], objection: object
) -> None:
    """Raise a problem with one field, or with `because` where that is given and says nothing."""
    if because is None:
        raise problem_at(pointer, problem, objection)
    if thin := prose.thin_excuse(because):
        raise problem_at("/because", problem, thin)


def refuse_needless_excuse(because: str | None) -> None:
    """Raise Invalid where a `because` is given and nothing is refused that it could excuse."""
    if because is not None:
        raise invalid("/because", "Leave this out: nothing else in your request needs an excuse.")


def is_ahead(day: date, on: date) -> bool:
    """Whether a day lies ahead, and near enough to be meant."""
    return on < day <= on + PLANNED_MAX
