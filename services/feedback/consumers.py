"""The events that feedback reads: what it copies from other services, and what it does when they ask."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.bodies.queries import mark_demonstrations, record_first_moment
from services.feedback.models import FootprintCopy, LoopCopy, LoopMoment, OrganisationCopy
from services.feedback.sending.domain import request_telling
from shared.consuming import Handler
from shared.copies import keep_newer
from shared.events import catalogue, loop
from shared.events.base import Envelope, Event
from shared.events.loop import LoopState
from shared.events.registry import (
    FootprintChanged,
    FootprintRegistered,
    FootprintRestated,
    FootprintState,
    FootprintWithdrawn,
    OrganisationChanged,
    OrganisationRegistered,
    OrganisationRestated,
    OrganisationState,
)


async def copy_footprint(session: AsyncSession, event: FootprintState, envelope: Envelope) -> None:
    """Copy what the registry says of a footprint."""
    values: dict[str, object] = {
        "name": event.name,
        "ods": event.ods,
        "ons": event.ons,
        "valid_from": event.valid_from,
        "valid_to": event.valid_to,
        "is_organisation": event.is_organisation,
        "successors": [successor.model_dump(mode="json") for successor in event.successors],
    }
    await keep_newer(session, FootprintCopy, envelope, values)


async def copy_withdrawn_footprint(
    session: AsyncSession, event: FootprintWithdrawn, envelope: Envelope
) -> None:
    """Record that a footprint will never exist: it has no codes, and ends before it begins."""
    never = {"ods": None, "ons": None, "successors": (), "valid_to": event.valid_from - timedelta(days=1)}
    await copy_footprint(session, event.model_copy(update=never), envelope)


async def copy_organisation(session: AsyncSession, event: OrganisationState, envelope: Envelope) -> None:
    """Copy what the registry says of an organisation."""
    values: dict[str, object] = {
        "name": event.name,
        "ods": event.ods,
        "ons": event.ons,
        "valid_to": event.valid_to,
        "footprint_id": event.footprint_id,
        "demonstration": event.demonstration,
        "successors": [successor.model_dump(mode="json") for successor in event.successors],
    }
    await keep_newer(session, OrganisationCopy, envelope, values)
    if event.demonstration:
        await mark_demonstrations(session, event.organisation_id)


async def copy_loop(session: AsyncSession, event: LoopState, envelope: Envelope) -> None:
    """Copy what the holder of a reply code sees of a loop: public facts, and when each step happened."""
    values: dict[str, object] = {
        "state": event.state,
        "answer": event.answer,
        "closed_as": event.closed_as,
        "judged_by": event.judged_by,
        "demonstration": event.demonstration,
        "organisation_id": event.organisation_id,
        "footprint_id": event.footprint_id,
        "feedback_ids": list(event.feedback_ids),
    }
    await keep_newer(session, LoopCopy, envelope, values)
    if what := MOMENTS.get(type(event)):
        moment = LoopMoment(loop_id=event.loop_id, what=what, at=envelope.time)
        await record_first_moment(session, moment)


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
LOOPS = [event for event in catalogue().values() if issubclass(event, LoopState)]

REACTIONS: Mapping[type[Event], Handler] = {loop.LoopTellingRequested: request_telling}
COPIES: Mapping[type[Event], Handler] = {
    **dict.fromkeys(LOOPS, copy_loop),
    FootprintRegistered: copy_footprint,
    FootprintChanged: copy_footprint,
    FootprintWithdrawn: copy_withdrawn_footprint,
    FootprintRestated: copy_footprint,
    OrganisationRegistered: copy_organisation,
    OrganisationChanged: copy_organisation,
    OrganisationRestated: copy_organisation,
}
