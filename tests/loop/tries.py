"""What people try with a loop at random, and what the model expects of it."""

from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.commitments import domain as commitments
from services.loop.commitments.schemas import ChangeClaim, NewCommitment, Revision
from services.loop.core.access import lock_loop
from services.loop.core.attempts import attempt_by_rule
from services.loop.core.steps import Effect, judge, take
from services.loop.decisions.domain import decide
from services.loop.decisions.schemas import NewDecision
from services.loop.evidence import domain as evidence
from services.loop.evidence.schemas import Judgement, NewEvidence
from services.loop.loops import handling
from services.loop.loops.schemas import Acknowledgement, Statement, Wording
from services.loop.models import Loop
from services.loop.steps import STEPS
from services.loop.tellings.domain import preview_of_loop
from shared.clock import today
from tests.loop.model import Person, Shown
from tests.loop.scenes import decision, photo, promise
from tests.loop.world import LEAD, PEOPLE, Case, Expected, World

REASON = "The maker of the door delivers six weeks later than it had agreed with us."
OUTCOMES = ["will_do", "will_do", "will_do_part", "will_explore", "cannot", "will_not", "already_done"]
THIN: dict[str, dict[str, Any]] = {
    "reason_too_thin": {"reason": "No."},
    "constraint_required": {"reason": "We have no money for a second door at the side of the house."},
    "revisit_required": {"how_to_object": None},
}
EMPTY: dict[str, dict[str, Any]] = {
    "outcome_required": {"people_will_notice": None},
    "activity_not_outcome": {"people_will_notice": "Hold a meeting about the door."},
    "invalid": {"due_on": "2020-01-01"},
}


class Tries(World):
    """A world in which people try things."""

    def opening(self, case: Case) -> Expected:
        """Open or moderate."""
        moderated = self.chance(0.7)
        expected, who = self.by_the_body(case, lambda: case.model.opening(self.now, moderated))
        return expected, lambda s: handling.open_loop(who(s), case.id, Wording(moderated=moderated))

    def acknowledgement(self, case: Case) -> Expected:
        """Acknowledge."""
        moderated, previewed = self.chance(0.7), self.chance(0.8)
        expected, who = self.by_the_body(
            case, lambda: case.model.acknowledgement(self.now, moderated, previewed)
        )

        async def step(session: AsyncSession) -> None:
            loop = await session.get_one(Loop, case.id)
            seen = await preview_of_loop(session, loop, "acknowledged")
            preview_id = seen.preview_id if previewed else "another"
            given = Acknowledgement(preview_id=preview_id, moderated=moderated)
            await handling.acknowledge_loop(who(session), case.id, given)

        return expected, step

    def consideration(self, case: Case) -> Expected:
        """Consider."""
        expected, who = self.by_the_body(case, case.model.consideration)
        return expected, lambda s: handling.consider_loop(who(s), case.id)

    def decision(self, case: Case) -> Expected:
        """Decide."""
        outcome: Any = self.random.choice(OUTCOMES)
        flaw = self.flaw(THIN)
        given = NewDecision(**decision(outcome, **(THIN[flaw] if flaw and has_reason(outcome) else {})))
        expected, who = self.by_the_body(case, lambda: case.model.decision(LEAD, outcome, flaw, self.now))
        return expected, lambda s: decide(who(s), case.id, given)

    def statement(self, case: Case) -> Expected:
        """State."""
        expected, who = self.by_the_body(case, case.model.statement)
        return expected, lambda s: handling.attach_statement(who(s), case.id, Statement(statement="We know."))

    def commitment(self, case: Case) -> Expected | None:
        """Promise something."""
        if len(case.promises) > 3:
            return None
        flaw, due = self.flaw(EMPTY), today() + timedelta(days=self.random.randrange(1, 60))
        fields = {"due_on": due.isoformat()} | (EMPTY[flaw] if flaw else {})
        given = NewCommitment(**promise(self.bodies["board"], **fields))
        expected, who = self.by_the_body(case, lambda: case.model.commitment(("board", "estates"), due, flaw))

        async def step(session: AsyncSession) -> None:
            _, made = await commitments.make_commitment(who(session), case.id, given)
            case.promises.append(made.id)

        return expected, step

    def acceptance(self, case: Case) -> Expected | None:
        """Accept a promise."""
        if not case.promises:
            return None
        number = self.random.randrange(len(case.promises))
        made = case.model.promises[number]
        expected, who = self.by_anybody(case, lambda by: case.model.acceptance(made, by), owner=made.owner)
        return expected, lambda s: commitments.accept_commitment(who(s), case.promises[number])

    def revision(self, case: Case) -> Expected | None:
        """Move a due date."""
        if not case.promises:
            return None
        number, flaw = self.random.randrange(len(case.promises)), self.flaw({"reason_too_thin": None})
        made = case.model.promises[number]
        due = made.due + timedelta(days=self.random.randrange(-10, 40))
        given = Revision(due_on=due, reason="No." if flaw else REASON)
        expected, who = self.by_anybody(case, lambda by: case.model.revision(made, by, due, flaw, today()))
        return expected, lambda s: commitments.revise_commitment(who(s), case.promises[number], given)

    def evidence(self, case: Case) -> Expected:
        """Show something: of a promise, or from before."""
        number = self.random.randrange(len(case.promises)) if case.promises else None
        number = None if self.chance(0.3) else number
        minute, on = self.chance(0.3), case.model.drafted_on - timedelta(days=self.random.choice([0, 1, 5]))
        given = NewEvidence(**photo(kind="minute" if minute else "photo", observed_on=on.isoformat()))

        def rule(by: Person) -> str | None:
            return case.model.evidence(Shown(by, number, minute, on))

        expected, who = self.by_anybody(case, rule)

        async def step(session: AsyncSession) -> None:
            if number is None:
                _, made = await evidence.give_earlier_evidence(who(session), case.id, given)
            else:
                _, made = await evidence.give_evidence(who(session), case.promises[number], given)
            case.shown.append(made.id)

        return expected, step

    def change_claim(self, case: Case) -> Expected | None:
        """Claim a change."""
        if not case.promises:
            return None
        number = self.random.randrange(len(case.promises))
        expected, who = self.by_anybody(case, lambda by: case.model.change_claim(number, by))
        return expected, lambda s: commitments.claim_change(who(s), case.promises[number], ChangeClaim())

    def verification(self, case: Case) -> Expected | None:
        """Judge evidence."""
        if not case.shown:
            return None
        number, accept, by = (
            self.random.randrange(len(case.shown)),
            self.chance(0.6),
            self.random.choice(PEOPLE),
        )
        shown, given = case.model.shown[number], Judgement(accept=accept, reason=REASON)
        expected, who = self.judged(case, by, True, "", lambda: case.model.verification(shown, by, accept))
        return expected, lambda s: evidence.verify_evidence(who(s), case.shown[number], given)

    def time(self, case: Case) -> Expected:
        """Let a verdict come of the time that passed; what came before it is told of elsewhere."""
        rule = {"telling": ("telling", "verdict_open"), "verdict_open": ("closing", "closed")}
        name, state = rule.get(case.model.state, ("", ""))
        contested = state == "closed" and self.chance(0.7)
        if contested:
            case.model.contest()
        elif name:
            case.model.to(state)

        async def step(session: AsyncSession) -> None:
            loop = await lock_loop(session, case.id)
            if contested:
                await commitments.contest_loop(session, loop, {})
            elif name:
                fields = {"told": 0, "reachable": 0} if name == "telling" else {}
                take(session, judge(STEPS[name], attempt_by_rule(loop)), Effect(fields=fields))

        return None, step


def has_reason(outcome: str) -> bool:
    """Tell whether a decision has to give a reason."""
    return outcome in {"will_do_part", "cannot", "will_not"}
