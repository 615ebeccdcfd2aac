"""What may happen to a loop next: from the same table and the same guards that decide it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal, get_args

from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.clocks.domain import draft_opens_after
from services.loop.clocks.working_days import day_in_england
from services.loop.history.chain import By
from services.loop.loops import examples, queries
from services.loop.loops.attempts import Attempt, Who
from services.loop.loops.schemas import Missing, NextStep, NextSteps
from services.loop.loops.table import STEPS
from services.loop.models import FeedbackCopy, Loop
from services.loop.records import Clock, Commitment, Decision, Evidence, Verification
from services.loop.tellings.domain import preview
from shared.auth import Actor, Caller
from shared.clock import today
from shared.errors import Problem
from shared.events.loop import DecisionAnswer
from shared.schemas import Schema

Whose = Literal["body", "owner", "body_or_owner", "verifier"]
# Nobody acts when somebody asks what may be done.
GIVE_IT = "This has to be given."
NOBODY = Actor("", "")


@dataclass(frozen=True, kw_only=True)
class Known:
    """A loop and all that its next steps depend on."""

    loop: Loop
    caller: Caller
    on: date
    preview_id: str
    feedback: Sequence[FeedbackCopy]
    decision: Decision | None
    commitments: Sequence[Commitment]
    evidence: Sequence[Evidence]
    verifications: Sequence[Verification]
    clocks: Sequence[Clock]

    def attempt(self, commitment: Commitment | None = None, judged: Evidence | None = None) -> Attempt:
        """Return a step about a commitment, or about the loop itself, as its guards judge it."""
        about = commitment.id if commitment else None
        return Attempt(
            loop=self.loop, by=By.of(self.caller, NOBODY), on=self.on, feedback=self.feedback,
            preview_id=self.preview_id, commitment=commitment, judged=judged,
            decision=None if commitment else self.decision,
            evidence=[each for each in self.evidence if each.commitment_id == about],
            verifications=self.verifications,
        )  # fmt: skip


@dataclass(frozen=True)
class Candidate:
    """A step that may be taken, where, by whom, and with what."""

    step: str
    path: str
    whose: Whose
    example: Schema | None
    attempt: Attempt
    guarded_by: tuple[str, ...] = ()
    due_on: date | None = None


async def known_of(session: AsyncSession, caller: Caller, loop: Loop) -> Known:
    """Return a loop with all that its next steps depend on.

    The id of the preview is for those inside: with it others could find out who can be told.
    """
    is_inside = queries.is_inside(caller, loop)
    return Known(
        loop=loop, caller=caller, on=today(),
        preview_id=(await preview(session, loop, "acknowledged")).preview_id if is_inside else "",
        feedback=await queries.feedback_of(session, loop),
        decision=await queries.latest_decision(session, loop.id),
        commitments=await queries.parts_of(session, loop.id, Commitment),
        evidence=await queries.parts_of(session, loop.id, Evidence),
        verifications=await queries.parts_of(session, loop.id, Verification),
        clocks=await queries.parts_of(session, loop.id, Clock),
    )  # fmt: skip


async def next_steps(session: AsyncSession, caller: Caller, loop: Loop) -> NextSteps:
    """Return what may be done with a loop now, and all that is missing for it."""
    known = await known_of(session, caller, loop)
    allowed = [each for each in candidates(known) if loop.state in STEPS[each.step].sources]
    # Acknowledging a draft opens it as well: the one step that is taken from another step's state.
    if loop.state == "draft":
        allowed += [each for each in candidates(known) if each.step == "acknowledgement"]
    steps = [shown(known, each) for each in allowed]
    return NextSteps(loop_id=loop.id, state=loop.state, version=loop.version, steps=steps)


def candidates(known: Known) -> Iterator[Candidate]:
    """Return every step that could be taken, whatever the state."""
    yield from of_the_body(known)
    for commitment in known.commitments:
        yield from of_a_commitment(known, commitment)
    commitments = {each.id: each for each in known.commitments}
    judged = {each.evidence_id for each in known.verifications}
    for evidence in known.evidence:
        if evidence.id not in judged:
            about = commitments[evidence.commitment_id] if evidence.commitment_id else None
            path, attempt = f"/v1/evidence/{evidence.id}/verification", known.attempt(about, evidence)
            yield Candidate("verification", path, "verifier", examples.JUDGEMENT, attempt)


def of_the_body(known: Known) -> Iterator[Candidate]:
    """Return the steps that the body takes on the loop itself."""
    loop, path, plain = known.loop, f"/v1/loops/{known.loop.id}", known.attempt()
    if loop.moderated_at is None:
        step = "opening" if loop.state == "draft" else "moderation"
        yield Candidate(step, f"{path}/opening", "body", examples.OPENING, plain)
    opens = ("opening",) if loop.state == "draft" else ()
    heard = examples.acknowledgement(known.preview_id, loop)
    yield Candidate("acknowledgement", f"{path}/acknowledgement", "body", heard, plain, opens)
    yield Candidate("consideration", f"{path}/consideration", "body", None, plain)
    for answer in get_args(DecisionAnswer):
        decided = examples.decision(answer, known.on)
        yield Candidate("decision", f"{path}/decisions", "body", decided, plain)
    before = examples.evidence_before(loop)
    if loop.state != "evidence_check" or loop.answer == "already_done":
        yield Candidate("evidence_before", f"{path}/evidence", "body", before, plain)
    if owner := loop.organisation_id or loop.footprint_id:
        promised = examples.commitment(owner, known.on)
        yield Candidate("commitment", f"{path}/commitments", "body", promised, plain)
    together = examples.group_telling(known.on)
    yield Candidate("group_telling", f"{path}/tellings", "body", together, plain)
    if loop.stated_at is None:
        yield Candidate("statement", f"{path}/statement", "body", examples.STATEMENT, plain)


def of_a_commitment(known: Known, commitment: Commitment) -> Iterator[Candidate]:
    """Return the steps that are taken on a commitment."""
    if commitment.kept_at is not None:
        return
    path, attempt, due = f"/v1/commitments/{commitment.id}", known.attempt(commitment), commitment.due_on
    if commitment.accepted_at is None:
        yield Candidate("acceptance", f"{path}/acceptance", "owner", None, attempt, due_on=due)
    moved, shown_by = examples.revision(due, known.on), examples.evidence(known.on)
    yield Candidate("revision", f"{path}/revisions", "body_or_owner", moved, attempt, due_on=due)
    yield Candidate("evidence", f"{path}/evidence", "body_or_owner", shown_by, attempt, due_on=due)
    claim = f"{path}/change-claims"
    yield Candidate("change_claim", claim, "body_or_owner", examples.CLAIM, attempt, due_on=due)


def shown(known: Known, candidate: Candidate) -> NextStep:
    """Return a step with its day, all that it takes, and what is missing for it."""
    return NextStep(
        step=candidate.step,
        path=candidate.path,
        whose=candidate.whose,
        yours=is_yours(known, candidate),
        due_on=candidate.due_on or due_on(known, candidate.step),
        missing=missing(candidate),
        example=candidate.example.model_dump(mode="json", exclude_none=True) if candidate.example else {},
    )


def is_yours(known: Known, candidate: Candidate) -> bool:
    """Tell whether the caller may take a step."""
    who, commitment = Who(known.caller, NOBODY, 0), candidate.attempt.commitment
    if candidate.whose == "verifier":
        return "loop:verify" in known.caller.scopes
    owns = commitment is not None and who.is_owner_of(commitment) and candidate.whose != "body"
    leads = who.is_body_of(known.loop) and candidate.whose != "owner"
    return (owns or leads) and "loop:write" in known.caller.scopes


def due_on(known: Known, step: str) -> date | None:
    """Return the day by which a step is due: that of the running clock which it meets."""
    if step == "opening":
        return day_in_england(draft_opens_after(known.loop.drafted_at))
    running = [clock for clock in known.clocks if clock.met_at is None and clock.kind in STEPS[step].meets]
    return min((day_in_england(clock.due_at) for clock in running), default=None)


def missing(candidate: Candidate) -> list[Missing]:
    """Return all that a step takes: what the request has to carry, and what has to happen before."""
    if candidate.example is None:
        return list(problems(candidate, None, before=True))
    fields = type(candidate.example).model_fields
    asked = [
        Missing(pointer=f"/{name}", code="invalid", detail=field.description or GIVE_IT, before=False)
        for name, field in fields.items()
        if field.is_required()
    ]
    bare = candidate.example.model_copy(
        update={name: field.default for name, field in fields.items() if not field.is_required()}
    )
    stands = list(problems(candidate, candidate.example, before=True))
    known = {(each.code, each.pointer) for each in stands}
    lacks = [
        each for each in problems(candidate, bare, before=False) if (each.code, each.pointer) not in known
    ]
    return [*asked, *lacks, *stands]


def problems(candidate: Candidate, given: Any, *, before: bool) -> Iterator[Missing]:
    """Return everything that the guards have against a step, not only the first."""
    attempt = replace(candidate.attempt, given=given)
    for step in (*candidate.guarded_by, candidate.step):
        for guard in STEPS[step].guards:
            try:
                guard(attempt)
            except Problem as problem:
                yield from named(problem, before=before)


def named(problem: Problem, *, before: bool) -> Iterator[Missing]:
    """Return what a problem has against a step, one for each field that it names."""
    if not problem.errors:
        yield Missing(pointer=None, code=problem.code, detail=problem.detail, before=before)
    for error in problem.errors:
        yield Missing(pointer=error.pointer, code=problem.code, detail=error.detail, before=before)
