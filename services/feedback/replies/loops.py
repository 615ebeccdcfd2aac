"""What the holder of a reply code sees of the loops that answer their feedback: public facts."""

from collections.abc import Iterable

from services.feedback.models import LoopCopy, LoopMoment
from services.feedback.replies.schemas import AnsweringLoop, LoopStep
from shared.plain_words import ANSWERS, STATES


def message_of_loop(loop: LoopCopy) -> str:
    """What the state of a loop means for those who spoke, and what the body answered."""
    meaning = STATES[loop.closed_as or loop.state].meaning
    return f"{meaning} Its answer: it {ANSWERS[loop.answer]}." if loop.answer else meaning


def answering_loop_view(loop: LoopCopy, moments: Iterable[LoopMoment]) -> AnsweringLoop:
    """A loop as the holder of a reply code sees it, with its steps."""
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
        steps=[LoopStep.model_validate(moment) for moment in moments if moment.loop_id == loop.id],
        message=message_of_loop(loop),
    )
