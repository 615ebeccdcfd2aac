"""What feedback keeps of the registry: its own copies of bodies, as the latest event told them."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.models import FootprintCopy, OrganisationCopy
from services.feedback.places import queries
from shared.events.base import Envelope, Event
from shared.events.registry import (
    FootprintChanged,
    FootprintRegistered,
    FootprintState,
    OrganisationChanged,
    OrganisationRegistered,
    OrganisationState,
)


async def copy_footprint(session: AsyncSession, event: FootprintState, envelope: Envelope) -> None:
    """Keep what the registry tells of a footprint."""
    names = ("name", "ods", "ons", "valid_from", "valid_to", "is_organisation")
    values = {name: getattr(event, name) for name in names}
    successors = [successor.model_dump(mode="json") for successor in event.successors]
    identity = {"id": event.footprint_id, "sequence": envelope.number, "successors": successors}
    await queries.keep_newer(session, FootprintCopy, identity | values)


async def copy_organisation(session: AsyncSession, event: OrganisationState, envelope: Envelope) -> None:
    """Keep what the registry tells of an organisation."""
    names = ("name", "ods", "ons", "valid_to", "footprint_id")
    values = {name: getattr(event, name) for name in names}
    identity = {"id": event.organisation_id, "sequence": envelope.number}
    await queries.keep_newer(session, OrganisationCopy, identity | values)


COPIES: Mapping[type[Event], Any] = {
    FootprintRegistered: copy_footprint,
    FootprintChanged: copy_footprint,
    OrganisationRegistered: copy_organisation,
    OrganisationChanged: copy_organisation,
}
