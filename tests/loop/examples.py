"""Events as the other services tell them, with as little said as a test needs."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.consumers import COPIES
from shared.clock import now
from shared.consumers import Heard
from shared.events import Envelope, Event
from shared.events.feedback import FeedbackReceived
from shared.events.registry import FootprintRegistered, OrganisationRegistered
from shared.ids import new_id


def feedback(*organisations: UUID, **facts: Any) -> FeedbackReceived:
    """The event that something was said to these organisations."""
    told = {
        "feedback_id": new_id(),
        "kind": "story",
        "state": "received",
        "reply_ref": "ref",
        "received_at": now(),
    }
    return FeedbackReceived(**told | {"organisations": organisations} | facts)


def footprint(**facts: Any) -> FootprintRegistered:
    """The event that a footprint is known: a board of today, unless the facts say otherwise."""
    told = {
        "footprint_id": new_id(),
        "name": "NHS Somewhere",
        "kind": "icb",
        "edition": "icb",
        "ods": None,
        "ons": None,
        "valid_from": date(2022, 7, 1),
        "valid_to": None,
        "region": None,
        "residents": None,
        "is_organisation": True,
    }
    return FootprintRegistered(**told | facts)


def organisation(**facts: Any) -> OrganisationRegistered:
    """The event that an organisation is known: a trust of today, unless the facts say otherwise."""
    told = {
        "organisation_id": new_id(),
        "name": "A Trust",
        "kind": "trust",
        "ods": None,
        "ons": None,
        "valid_from": date(2000, 4, 1),
        "valid_to": None,
        "footprint_id": None,
    }
    return OrganisationRegistered(**told | facts)


async def tell(session: AsyncSession, *events: Event, sequence: int = 1) -> None:
    """Let the loop hear of these events."""
    for event in events:
        await COPIES[type(event)](session, [Heard(event, Envelope.wrap(event, sequence))])
