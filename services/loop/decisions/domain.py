"""Deciding: what the body will do about what was said, and why."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.clocks import domain as clocks
from services.loop.decisions.schemas import NewDecision
from services.loop.history.domain import texts_in
from services.loop.loops import queries
from services.loop.loops.attempts import Attempt, Who
from services.loop.loops.guards import DECLINES
from services.loop.loops.handling import begin
from services.loop.loops.table import advance
from services.loop.models import Loop
from services.loop.records import Decision
from services.loop.tellings.domain import request_tellings
from shared.clock import now, today
from shared.events.loop import DecisionAnswer, State
from shared.ids import new_id

TEXTS = (
    "deciding_role", "forum", "reason", "constraint", "would_change", "final_because", "how_to_object",
    "because",
)  # fmt: skip


def leads_to(answer: DecisionAnswer) -> State:
    """Return where a decision leads: to commitments, to telling of a no, or to a look at the evidence."""
    if answer in DECLINES:
        return "telling"
    return "evidence_check" if answer == "already_done" else "decided"


async def decide(session: AsyncSession, who: Who, loop_id: UUID, given: NewDecision) -> tuple[Loop, Decision]:
    """Decide, and ask for everybody who can be told to be told."""
    loop = await begin(session, who, loop_id)
    evidence, judged = await queries.evidence_of(session, loop.id, None)
    attempt = Attempt(loop=loop, by=who.by, on=today(), given=given, evidence=evidence, verifications=judged)
    decision = Decision(
        id=new_id(), loop_id=loop.id, decided_at=now(), **given.model_dump(), **who.by.columns()
    )
    said = {"decided_on": given.decided_on, "revisit_on": given.revisit_on}
    answer_before, loop.answer = loop.answer, given.answer
    await advance(
        session, "decision", attempt, to=leads_to(given.answer), told=said | {"decision_id": decision.id},
        facts=said | {"decision": decision.id, "answer": given.answer, "before": answer_before},
        texts=texts_in(decision, *TEXTS),
    )  # fmt: skip
    session.add(decision)
    await tell_of(session, loop, decision)
    return loop, decision


async def tell_of(session: AsyncSession, loop: Loop, decision: Decision) -> None:
    """Ask for word of a decision; what was done already is told when somebody else has looked at it."""
    if decision.revisit_on:
        await clocks.start(session, loop, "revisit", now(), due_on=decision.revisit_on)
    if decision.answer in DECLINES:
        await request_tellings(session, loop, "declined")
    elif decision.answer != "already_done":
        await request_tellings(session, loop, "decided")
