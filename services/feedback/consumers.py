"""What feedback keeps of other services, as the latest event told it, and what it does when they ask."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.models import FootprintCopy, LoopCopy, LoopMoment, OrganisationCopy
from services.feedback.places import queries
from services.feedback.sending.domain import ask
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
    """Keep what the registry tells of a footprint."""
    names = ("name", "ods", "ons", "valid_from", "valid_to", "is_organisation")
    values = {name: getattr(event, name) for name in names}
    successors = [successor.model_dump(mode="json") for successor in event.successors]
    await keep_newer(session, FootprintCopy, envelope, values | {"successors": successors})


async def close_footprint(session: AsyncSession, event: FootprintWithdrawn, envelope: Envelope) -> None:
    """Keep that a footprint will not be: its copy has no codes, and its last day lies before its first."""
    never = {"ods": None, "ons": None, "successors": (), "valid_to": event.valid_from - timedelta(days=1)}
    await copy_footprint(session, event.model_copy(update=never), envelope)


async def copy_organisation(session: AsyncSession, event: OrganisationState, envelope: Envelope) -> None:
    """Keep what the registry tells of an organisation."""
    names = ("name", "ods", "ons", "valid_to", "footprint_id")
    values = {name: getattr(event, name) for name in names}
    await keep_newer(session, OrganisationCopy, envelope, values)


async def copy_loop(session: AsyncSession, event: LoopState, envelope: Envelope) -> None:
    """Keep what the holder of a reply code is told of a loop: public facts, and when things happened."""
    names = ("state", "closed_as", "demonstration", "organisation_id", "footprint_id")
    values = {name: getattr(event, name) for name in names} | {
        "outcome": event.answer,
        "feedback_ids": list(event.feedback_ids),
    }
    await keep_newer(session, LoopCopy, envelope, values)
    if what := MOMENTS.get(type(event)):
        await queries.keep_first(session, LoopMoment(loop_id=event.loop_id, what=what, at=envelope.time))


# What of a loop is told to the holder of a reply code, with its time.
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

REACTIONS: Mapping[type[Event], Any] = {loop.LoopTellingRequested: ask}
COPIES: Mapping[type[Event], Any] = {
    **dict.fromkeys(LOOPS, copy_loop),
    FootprintRegistered: copy_footprint,
    FootprintChanged: copy_footprint,
    FootprintWithdrawn: close_footprint,
    FootprintRestated: copy_footprint,
    OrganisationRegistered: copy_organisation,
    OrganisationChanged: copy_organisation,
    OrganisationRestated: copy_organisation,
}
