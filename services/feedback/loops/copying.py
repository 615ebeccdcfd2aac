"""Copying what the loop service tells: how far loops are, what was decided in them, and what was promised."""

from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.loops.models import LoopDecision, LoopMoment, LoopPromise
from services.feedback.loops.queries import record_first_moments
from services.feedback.models import LoopCopy
from shared.consumers import Heard
from shared.copies import keep_newest
from shared.events import loop
from shared.events.base import Event

# The steps of a loop that the holder of a reply code sees, with their times.
MOMENTS: Mapping[type[Event], str] = {
    loop.LoopDrafted: "in_a_loop",
    loop.LoopAcknowledged: "acknowledged",
    loop.LoopConsidered: "considered",
    loop.LoopDecided: "decided",
    loop.LoopCommitmentMade: "promised",
    loop.LoopChangeClaimed: "change_claimed",
    loop.LoopContributorsTold: "told",
    loop.LoopContested: "contested",
    loop.LoopClosed: "closed",
}
LATEST: Mapping[type[Event], str] = {
    loop.LoopCommitmentMade: "made",
    loop.LoopCommitmentAccepted: "accepted",
    loop.LoopCommitmentSlipped: "slipped",
    loop.LoopCommitmentRevised: "revised",
    loop.LoopChangeClaimed: "change_claimed",
}


async def copy_loops(session: AsyncSession, heard: Sequence[Heard[loop.LoopState]]) -> None:
    """Copy what those see of loops whom they answer: public facts, and when each step happened."""
    await keep_newest(session, LoopCopy, [(envelope, values_of_loop(event)) for event, envelope in heard])
    moments = [
        LoopMoment(loop_id=event.loop_id, what=MOMENTS[type(event)], at=envelope.time)
        for event, envelope in heard
        if type(event) in MOMENTS
    ]
    await record_first_moments(session, moments)
    # The events of a loop tell of decisions and promises too: the id of each takes the place of the loop's.
    decided = [
        (envelope.model_copy(update={"subject": event.decision_id}), values_of_decision(event))
        for event, envelope in heard
        if isinstance(event, loop.LoopDecided)
    ]
    await keep_newest(session, LoopDecision, decided)
    promised = [
        (envelope.model_copy(update={"subject": event.commitment_id}), values_of_promise(event))
        for event, envelope in heard
        if isinstance(event, loop.LoopPromise)
    ]
    await keep_newest(session, LoopPromise, promised)


def values_of_loop(event: loop.LoopState) -> dict[str, object]:
    """What a copy keeps of a loop."""
    return {
        "state": event.state,
        "answer": event.answer,
        "closed_as": event.closed_as,
        "judged_by": event.judged_by,
        "demonstration": event.demonstration,
        "organisation_id": event.organisation_id,
        "footprint_id": event.footprint_id,
        "feedback_ids": list(event.feedback_ids),
    }


def values_of_decision(event: loop.LoopDecided) -> dict[str, object]:
    """What a copy keeps of a decision."""
    return event.model_dump(include={"loop_id", "answer", "decided_on", "revisit_on"})


def values_of_promise(event: loop.LoopPromise) -> dict[str, object]:
    """What a copy keeps of a promise."""
    kept = {"loop_id", "owner_organisation_id", "due_on", "original_due_on", "slips"}
    return event.model_dump(include=kept) | {"latest": LATEST[type(event)]}
