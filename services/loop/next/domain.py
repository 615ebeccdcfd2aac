"""What may happen to a loop next: from the same steps and the same guards that decide it."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.clocks.domain import draft_opens_after
from services.loop.core.access import has_right
from services.loop.core.attempts import Attempt, Part
from services.loop.core.queries import kin_of, latest_decision, parts_of, parts_taken
from services.loop.core.steps import AnyStep, Request, Step, StepRoute
from services.loop.history.chain import By
from services.loop.models import Loop
from services.loop.next.schemas import Missing, NextStep, NextSteps
from services.loop.records import Clock, Commitment, Decision, Evidence, Verification
from services.loop.steps import STEPS
from shared.auth import Actor, Caller
from shared.clock import day_in_england, today
from shared.errors import Problem

# Nobody acts when somebody asks what may be done.
NOBODY = Actor("", "")
REQUIRED = "You must give this."


@dataclass(frozen=True, kw_only=True)
class LoopSituation:
    """A loop, the caller that asks, and everything that the next steps depend on."""

    loop: Loop
    caller: Caller
    decision: Decision | None
    commitments: Sequence[Commitment]
    evidence: Sequence[Evidence]
    verifications: Sequence[Verification]
    clocks: Sequence[Clock]
    parts: Sequence[Part]
    kin: Collection[UUID]

    def attempt(self, commitment: Commitment | None = None, judged: Evidence | None = None) -> Attempt[None]:
        """An attempt on a commitment, on a piece of evidence, or on the loop itself."""
        about = commitment.id if commitment else None
        return Attempt(
            loop=self.loop,
            by=By.of(self.caller, NOBODY),
            on=today(),
            request=None,
            commitment=commitment,
            decision=None if commitment else self.decision,
            evidence=[each for each in self.evidence if each.commitment_id == about],
            verifications=self.verifications,
            judged=judged,
            parts=self.parts,
            kin=self.kin,
        )

    def attempts(self, step: AnyStep) -> Iterator[Attempt[None]]:
        """An attempt on each thing that a step can be about, by the id in the step's path."""
        if "{commitment_id}" in step.path:
            yield from (self.attempt(each) for each in self.commitments if each.kept_at is None)
        elif "{evidence_id}" in step.path:
            commitments = {each.id: each for each in self.commitments}
            for evidence in self.evidence:
                about = commitments[evidence.commitment_id] if evidence.commitment_id else None
                yield self.attempt(about, evidence)
        else:
            yield self.attempt()


async def situation_of(session: AsyncSession, caller: Caller, loop: Loop) -> LoopSituation:
    """A loop with everything that its next steps depend on."""
    return LoopSituation(
        loop=loop,
        caller=caller,
        decision=await latest_decision(session, loop.id),
        commitments=await parts_of(session, Commitment, loop.id),
        evidence=await parts_of(session, Evidence, loop.id),
        verifications=await parts_of(session, Verification, loop.id),
        clocks=await parts_of(session, Clock, loop.id),
        parts=await parts_taken(session, loop.id),
        kin=await kin_of(session, {caller.organisation_id}),
    )


async def next_steps(session: AsyncSession, caller: Caller, loop: Loop) -> NextSteps:
    """What may be done with a loop now, and everything that is missing for it."""
    situation = await situation_of(session, caller, loop)
    steps = [
        view
        for step in STEPS.values()
        if step.route and is_allowed_in(step, loop)
        for view in step_views(situation, step, step.route)
    ]
    return NextSteps(loop_id=loop.id, state=loop.state, version=loop.version, steps=steps)


def is_allowed_in(step: AnyStep, loop: Loop) -> bool:
    """Whether a loop as it is allows a step, or the step's request opens the draft first."""
    if loop.halted_at and not step.while_halted:
        return False
    return loop.state in step.sources or (loop.state == "draft" and bool(step.draft_guards))


def step_views(
    situation: LoopSituation, step: Step[Request], route: StepRoute[Request]
) -> Iterator[NextStep]:
    """A step with each request that would pass: its day, and everything that it needs."""
    for attempt in situation.attempts(step):
        for example in route.examples(attempt):
            yield NextStep(
                step=step.name,
                path=path_of(step, attempt),
                whose=route.whose,
                yours=is_yours(situation, route, attempt),
                due_on=due_day(situation, step, attempt),
                missing=missing_for(step, attempt, example),
                example=example.model_dump(mode="json", exclude_none=True) if example is not None else {},
            )


def path_of(step: AnyStep, attempt: Attempt[None]) -> str:
    """The path of a step on what an attempt is about."""
    return step.path.format(
        loop_id=attempt.loop.id,
        commitment_id=attempt.commitment.id if attempt.commitment else "",
        evidence_id=attempt.judged.id if attempt.judged else "",
    )


def is_yours(situation: LoopSituation, route: StepRoute[Request], attempt: Attempt[None]) -> bool:
    """Whether the caller may take a step."""
    scope = "loop:verify" if route.whose == "verifier" else "loop:write"
    allowed = has_right(route.whose, situation.caller, situation.loop, attempt.commitment, kin=attempt.kin)
    return allowed and (route.whose == "others" or scope in situation.caller.scopes)


def due_day(situation: LoopSituation, step: AnyStep, attempt: Attempt[None]) -> date | None:
    """The day by which a step is due: that of its commitment, or of the running clock that it meets."""
    if step.name in ("agreement", "opening"):
        return day_in_england(draft_opens_after(situation.loop.drafted_at))
    if attempt.commitment and attempt.judged is None:
        return attempt.commitment.due_on
    running = [clock for clock in situation.clocks if clock.met_at is None and clock.kind in step.meets]
    return min((day_in_england(clock.due_at) for clock in running), default=None)


def missing_for(step: Step[Request], attempt: Attempt[None], example: Request) -> list[Missing]:
    """Everything that a step needs: fields of the request, and what must happen first."""
    first = list(objections(step, attempt.with_request(example), before=True))
    if example is None:
        return first
    fields = type(example).model_fields
    required = [
        Missing(pointer=f"/{name}", code="invalid", detail=field.description or REQUIRED, before=False)
        for name, field in fields.items()
        if field.is_required()
    ]
    bare = example.model_copy(
        update={name: field.default for name, field in fields.items() if not field.is_required()}
    )
    known = {(each.code, each.pointer) for each in first}
    lacking = [
        each
        for each in objections(step, attempt.with_request(bare), before=False)
        if (each.code, each.pointer) not in known
    ]
    return [*required, *lacking, *first]


def objections(step: Step[Request], attempt: Attempt[Request], *, before: bool) -> Iterator[Missing]:
    """Everything that the guards refuse a step for, not only the first problem."""
    guards = (*(step.draft_guards if attempt.loop.state == "draft" else ()), *step.guards)
    for guard in guards:
        try:
            guard(attempt)
        except Problem as problem:
            yield from missing_by_field(problem, before=before)


def missing_by_field(problem: Problem, *, before: bool) -> Iterator[Missing]:
    """What a problem says is missing, one item for each field that it names."""
    if not problem.errors:
        yield Missing(pointer=None, code=problem.code, detail=problem.detail, before=before)
    for error in problem.errors:
        yield Missing(pointer=error.pointer, code=problem.code, detail=error.detail, before=before)
