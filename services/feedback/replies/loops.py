"""What the holder of a reply code sees of the loops that answer their feedback: public facts."""

from collections.abc import Iterable

from services.feedback.models import LoopCopy, LoopMoment
from services.feedback.replies.schemas import AnsweringLoop, LoopStep

MESSAGES = {
    "draft": "It is in a loop that the body has drafted. They have not answered yet.",
    "open": "It is in a loop that everybody can see. The body has not acknowledged it yet.",
    "acknowledged": "The body has acknowledged it. It has not decided yet.",
    "considering": "The body is considering what to do. It has not decided yet.",
    "decided": "The body has decided. It has not yet promised what it will do and by when.",
    "committed": "The body has promised what it will do, and by when.",
    "in_progress": "The body is working on what it has promised.",
    "change_claimed": "The body says that something has changed. Somebody will verify that.",
    "evidence_check": "What the body says has changed is being verified.",
    "telling": "The people who said it are being told what came of it.",
    "verdict_open": "The people who said it have been told. Give your verdict: did it happen, is it better?",
    "contested": "The people who were told say that it did not happen. The body must take it up again.",
    "confirmed": "It is closed. The people who were told say that it happened.",
    "unconfirmed": "It is closed. Too few people said whether it happened.",
    "disputed": "It is closed. People do not agree that it happened.",
    "declined": "It is closed. The body decided not to do it, and said why.",
}


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
        message=MESSAGES[loop.closed_as or loop.state],
    )
