"""Examples that the feedback tests share: bodies, and something said."""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

from services.feedback.consumers import COPIES
from shared.consumers import Heard
from shared.events.base import Envelope, Event
from shared.events.registry import FootprintRegistered, OrganisationRegistered
from shared.ids import new_id
from tests.fixtures.clients import ServiceClient

ClientOf = Callable[..., ServiceClient]
ACTOR = {"Doorway-Actor": "jd-17; role=moderator"}
SCOPES = ("feedback:read", "feedback:write")
WORDS = "The nurse explained everything."


def with_actor(client: ServiceClient) -> ServiceClient:
    """The client, which names a person with each request from now on."""
    client.headers.update(ACTOR)
    return client


def a_trust(**facts: Any) -> OrganisationRegistered:
    """The event that registers an organisation."""
    known = {
        "organisation_id": new_id(),
        "name": "Demonstration Trust (invented)",
        "kind": "trust",
        "ods": code(),
        "ons": None,
        "valid_from": date(2020, 4, 1),
        "valid_to": None,
        "footprint_id": None,
    }
    return OrganisationRegistered.model_validate(known | facts)


def a_footprint(**facts: Any) -> FootprintRegistered:
    """The event that registers a board of today, which is a body of its own."""
    known = {
        "footprint_id": new_id(),
        "name": "A board (invented)",
        "kind": "icb",
        "edition": "ICB2026",
        "ods": code(),
        "ons": None,
        "valid_from": date(2022, 7, 1),
        "valid_to": None,
        "region": None,
        "residents": 1000,
        "is_organisation": True,
    }
    return FootprintRegistered.model_validate(known | facts)


def code() -> str:
    """A code that no other test uses."""
    return new_id().hex[-12:].upper()


def word() -> str:
    """A word that no other test uses; letters only, since digits may be a number or be masked."""
    return "".join(chr(ord("a") + int(digit, 16)) for digit in new_id().hex[-12:])


async def tell(service: ServiceClient, *events: Event, sequence: int = 1) -> None:
    """Tell a running service of events of the registry."""
    async with service.state.sessions.begin() as session:
        for event in events:
            await COPIES[type(event)](session, [Heard(event, Envelope.wrap(event, sequence))])


def something_said(organisation: UUID | str, **fields: Any) -> dict[str, Any]:
    """A body of POST /v1/feedback."""
    said = {"kind": "comment", "text": WORDS, "organisations": [str(organisation)]}
    return said | {"permissions": {"publish": "yes"}} | fields


async def give_feedback(client: ServiceClient, organisation: UUID, **fields: Any) -> dict[str, Any]:
    """Give feedback and return what the giver is told."""
    answer = await client.post("/v1/feedback", json=something_said(organisation, **fields))
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def moderate_feedback(
    client: ServiceClient, told: dict[str, Any], action: str = "publish", **fields: Any
) -> dict[str, Any]:
    """Moderate what was given and return it as it stands then."""
    answer = await client.post(
        f"/v1/feedback/{told['id']}/moderation",
        json={"action": action, **fields},
        headers={"If-Match": f'"{told["version"]}"', **ACTOR},
    )
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown
