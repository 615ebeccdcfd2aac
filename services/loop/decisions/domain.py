"""Deciding: what the body will do about what people said, and why."""

from dataclasses import replace
from uuid import UUID

from services.loop.clocks.domain import start_clock
from services.loop.core.access import begin
from services.loop.core.attempts import attempt_of
from services.loop.core.queries import evidence_of
from services.loop.core.steps import Effect, judge, take
from services.loop.decisions.schemas import NewDecision
from services.loop.decisions.steps import DECISION
from services.loop.history.domain import texts_of
from services.loop.models import DECLINES, Loop
from services.loop.records import Decision
from services.loop.tellings.domain import request_tellings
from shared.change_request import AttributedEditRequest
from shared.clock import now
from shared.events.loop import DecisionAnswer, State
from shared.ids import new_id


def state_after(answer: DecisionAnswer) -> State:
    """The state that a decision leads to: commitments, telling people no, or a check of the evidence."""
    if answer in DECLINES:
        return "telling"
    return "evidence_check" if answer == "already_done" else "decided"


async def decide(change: AttributedEditRequest, loop_id: UUID, new: NewDecision) -> tuple[Loop, Decision]:
    """Decide, and request a telling for everybody who can be told.

    After the answer `already_done`, people are told when somebody else has judged the evidence.
    """
    session, loop = change.session, await begin(DECISION, change, loop_id)
    attempt = attempt_of(change, loop, new)
    if new.answer == "already_done":
        evidence, verifications = await evidence_of(session, loop.id, None)
        attempt = replace(attempt, evidence=evidence, verifications=verifications)
    judged = judge(DECISION, attempt)
    decision = Decision(
        id=new_id(), loop_id=loop.id, decided_at=now(), **new.model_dump(), **attempt.by.columns()
    )
    dates = {"decided_on": new.decided_on, "revisit_on": new.revisit_on}
    before, loop.answer = loop.answer, new.answer
    effect = Effect(
        to=state_after(new.answer),
        fields=dates | {"decision_id": decision.id},
        facts=dates | {"decision": decision.id, "answer": new.answer, "before": before},
        texts=await texts_of(decision),
    )
    session.add(decision)
    take(session, judged, effect)
    if new.revisit_on:
        start_clock(loop, "revisit", now(), due_on=new.revisit_on)
    if new.answer != "already_done":
        request_tellings(session, loop, "declined" if new.answer in DECLINES else "decided")
    return loop, decision
