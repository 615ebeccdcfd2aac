"""The events that feedback reads: what it copies from other services, and what it does when they ask."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.bodies.queries import mark_demonstrations
from services.feedback.loops.copying import copy_loops
from services.feedback.models import FootprintCopy, OrganisationCopy
from services.feedback.sending.domain import request_telling
from shared.consumers import Copier, Handler, Heard
from shared.copies import keep_newest
from shared.events import catalogue, loop
from shared.events.base import Event
from shared.events.loop import LoopState
from shared.events.registry import (
    FootprintChanged,
    FootprintRegistered,
    FootprintRestated,
    FootprintState,
    FootprintSucceeded,
    FootprintWithdrawn,
    OrganisationChanged,
    OrganisationRegistered,
    OrganisationRestated,
    OrganisationState,
    OrganisationSucceeded,
)


async def copy_footprints(session: AsyncSession, heard: Sequence[Heard[FootprintState]]) -> None:
    """Copy what the registry says of footprints."""
    await keep_newest(
        session, FootprintCopy, [(envelope, values_of_footprint(event)) for event, envelope in heard]
    )


def values_of_footprint(event: FootprintState) -> dict[str, object]:
    """What a copy keeps of a footprint. One that will never exist has no codes, and ends before it begins."""
    if isinstance(event, FootprintWithdrawn):
        never = {"ods": None, "ons": None, "successors": (), "valid_to": event.valid_from - timedelta(days=1)}
        event = event.model_copy(update=never)
    return {
        "name": event.name,
        "ods": event.ods,
        "ons": event.ons,
        "valid_from": event.valid_from,
        "valid_to": event.valid_to,
        "is_organisation": event.is_organisation,
        "successors": [successor.model_dump(mode="json") for successor in event.successors],
        "succeeded_on": event.succeeded_on,
        "operated_by": list(event.operated_by),
    }


async def copy_organisations(session: AsyncSession, heard: Sequence[Heard[OrganisationState]]) -> None:
    """Copy what the registry says of organisations."""
    await keep_newest(
        session, OrganisationCopy, [(envelope, values_of_organisation(event)) for event, envelope in heard]
    )
    for event, _ in heard:
        if event.demonstration:
            await mark_demonstrations(session, event.organisation_id)


def values_of_organisation(event: OrganisationState) -> dict[str, object]:
    """What a copy keeps of an organisation."""
    return {
        "name": event.name,
        "ods": event.ods,
        "ons": event.ons,
        "valid_to": event.valid_to,
        "footprint_id": event.footprint_id,
        "memberships": [each.model_dump(mode="json") for each in event.memberships],
        "demonstration": event.demonstration,
        "successors": [successor.model_dump(mode="json") for successor in event.successors],
        "succeeded_on": event.succeeded_on,
        "operated_by": list(event.operated_by),
    }


LOOPS = [event for event in catalogue().values() if issubclass(event, LoopState)]

REACTIONS: Mapping[type[Event], Handler] = {loop.LoopTellingRequested: request_telling}
COPIES: Mapping[type[Event], Copier] = {
    **dict.fromkeys(LOOPS, copy_loops),
    FootprintRegistered: copy_footprints,
    FootprintChanged: copy_footprints,
    FootprintSucceeded: copy_footprints,
    FootprintWithdrawn: copy_footprints,
    FootprintRestated: copy_footprints,
    OrganisationRegistered: copy_organisations,
    OrganisationChanged: copy_organisations,
    OrganisationSucceeded: copy_organisations,
    OrganisationRestated: copy_organisations,
}
