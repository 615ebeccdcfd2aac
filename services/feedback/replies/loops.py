"""What the holder of a reply code is told of the loops that answer what they said: public facts."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.models import LoopCopy
from services.feedback.replies import queries
from services.feedback.replies.schemas import AnsweringLoop, LoopHappening

SAYS = {
    "draft": "It is in a loop that the body has drafted: they have not answered yet.",
    "open": "It is in a loop that everybody can see. The body has not acknowledged it yet.",
    "acknowledged": "The body has acknowledged it. It has not decided yet.",
    "considering": "The body considers what to do. It has not decided yet.",
    "decided": "The body has decided. It has not promised yet who does what by when.",
    "committed": "The body has promised what it will do, and by when.",
    "in_progress": "The body is working on what it has promised.",
    "change_claimed": "The body says that something has changed. Somebody who has no part in it checks that.",
    "evidence_check": "Somebody who has no part in it checks what the body says has changed.",
    "telling": "What came of it is being told to those who said it.",
    "verdict_open": "What came of it has been told. Your verdict is asked for: did it happen, is it better?",
    "contested": "Those who were told say that it did not happen. The body has to take it up again.",
    "confirmed": "It is closed: those who were told say that it happened.",
    "unconfirmed": "It is closed, and too few people said whether it happened.",
    "disputed": "It is closed, and people do not agree that it happened.",
    "declined": "It is closed: the body decided not to do it, and said why.",
}


async def answering_loops(session: AsyncSession, feedback_id: UUID) -> list[AnsweringLoop]:
    """Return the loops that answer a piece of feedback, with what happened to each."""
    loops, moments = await queries.loops_answering(session, feedback_id)
    return [
        AnsweringLoop(
            loop_id=loop.id, state=loop.state, answer=loop.outcome, closed_as=loop.closed_as,
            demonstration=loop.demonstration, organisation_id=loop.organisation_id,
            footprint_id=loop.footprint_id, verdict_wanted=loop.state == "verdict_open",
            happened=[LoopHappening.model_validate(each) for each in moments if each.loop_id == loop.id],
            message=message_of(loop),
        )
        for loop in loops
    ]  # fmt: skip


def message_of(loop: LoopCopy) -> str:
    """Return in a sentence how far a loop has come."""
    return SAYS[loop.closed_as or loop.state]
