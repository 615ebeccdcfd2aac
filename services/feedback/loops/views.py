"""What those who gave or sent feedback see of the loops that answer it: public facts."""

from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.loops.models import LoopDecision, LoopPromise
from services.feedback.loops.queries import AnswersFound, loops_answering
from services.feedback.loops.schemas import AnsweringLoop, DecisionSeen, LoopStep, PromiseSeen
from services.feedback.models import LoopCopy
from shared.plain_words import ANSWERS, STATES


def message_of_loop(loop: LoopCopy) -> str:
    """What the state of a loop means for those who spoke, and what the body answered."""
    meaning = STATES[loop.closed_as or loop.state].meaning
    return f"{meaning} Its answer: it {ANSWERS[loop.answer]}." if loop.answer else meaning


async def answers_to_feedback(
    session: AsyncSession, feedback_ids: Collection[UUID]
) -> Mapping[UUID, list[AnsweringLoop]]:
    """The loops that answer each of these pieces, oldest first; a piece that none answers has no entry."""
    found = await loops_answering(session, feedback_ids)
    views = {loop.id: answering_loop_view(loop, found) for _, loop in found.loops}
    answers: dict[UUID, list[AnsweringLoop]] = {}
    for feedback_id, loop in found.loops:
        answers.setdefault(feedback_id, []).append(views[loop.id])
    return answers


def answering_loop_view(loop: LoopCopy, found: AnswersFound) -> AnsweringLoop:
    """A loop as those see it whom it answers, with its steps, decisions and promises."""
    return AnsweringLoop(
        loop_id=loop.id,
        state=loop.state,
        answer=loop.answer,
        closed_as=loop.closed_as,
        judged_by=loop.judged_by,
        demonstration=loop.demonstration,
        organisation_id=loop.organisation_id,
        footprint_id=loop.footprint_id,
        verdict_wanted=loop.state == "verdict_open",
        steps=[LoopStep.model_validate(moment) for moment in found.moments if moment.loop_id == loop.id],
        decisions=[decision_view(each) for each in found.decisions if each.loop_id == loop.id],
        promises=[promise_view(each) for each in found.promises if each.loop_id == loop.id],
        message=message_of_loop(loop),
    )


def decision_view(decision: LoopDecision) -> DecisionSeen:
    """A decision as those see it whom it answers."""
    return DecisionSeen(
        decision_id=decision.id,
        answer=decision.answer,
        decided_on=decision.decided_on,
        revisit_on=decision.revisit_on,
    )


def promise_view(promise: LoopPromise) -> PromiseSeen:
    """A promise as those see it to whom it was made."""
    return PromiseSeen.model_validate(
        {
            "commitment_id": promise.id,
            "owner_organisation_id": promise.owner_organisation_id,
            "due_on": promise.due_on,
            "original_due_on": promise.original_due_on,
            "slips": promise.slips,
            "latest": promise.latest,
        }
    )
