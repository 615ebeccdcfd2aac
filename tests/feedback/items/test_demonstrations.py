"""Feedback about invented bodies says so wherever it shows."""

from typing import Any
from uuid import UUID

import orjson
import pytest
from sqlalchemy import select

from shared.events.registry import OrganisationRestated
from shared.outbox import Outbox
from tests.feedback.examples import (
    ClientOf,
    a_trust,
    give_feedback,
    moderate_feedback,
    something_said,
    tell,
    word,
)
from tests.fixtures.clients import ServiceClient


@pytest.mark.parametrize(("invented", "marked"), [((True,), True), ((True, False), False), ((False,), False)])
async def test_feedback_about_invented_bodies_alone_says_so_wherever_it_shows(
    service: ServiceClient,
    partner: ServiceClient,
    client_of: ClientOf,
    invented: tuple[bool, ...],
    marked: bool,
) -> None:
    bodies = [a_trust(demonstration=each) for each in invented]
    await tell(service, *bodies)
    told = something_said("", organisations=[f"ods:{each.ods}" for each in bodies])
    given = [(await partner.post("/v1/feedback", json=told | {"text": word()})).json() for _ in range(2)]
    moderator = client_of(bodies[0].organisation_id)
    for each in given:
        await moderate_feedback(moderator, each)
        shown = (await service.get(f"/v1/feedback/{each['id']}")).json()
        found = (await service.get("/v1/search", params={"q": shown["text"]})).json()["items"]
        assert [shown["demonstration"], *(one["demonstration"] for one in found)] == [marked, marked]
    query = {"organisation": str(bodies[0].organisation_id)}
    listed = (await service.get("/v1/feedback", params=query)).json()["items"]
    assert {one["demonstration"] for one in listed} == {marked}
    assert {event["data"]["demonstration"] for event in await events_about(service, given)} == {marked}


async def test_feedback_from_before_is_marked_when_the_registry_says_so_again(
    service: ServiceClient, partner: ServiceClient, trust: ServiceClient
) -> None:
    first, second = a_trust(), a_trust()
    await tell(service, first, second)
    both = something_said("", organisations=[f"ods:{first.ods}", f"ods:{second.ods}"])
    alone = await give_feedback(partner, first.organisation_id)
    shared = (await partner.post("/v1/feedback", json=both)).json()
    marked = []
    for body in (first, second):
        again = OrganisationRestated(**body.model_dump() | {"demonstration": True})
        await tell(service, again, sequence=2)
        marked.append([await is_marked(partner, each) for each in (alone, shared)])
    assert marked == [[True, False], [True, True]]


async def is_marked(client: ServiceClient, given: dict[str, Any]) -> bool:
    """Whether feedback is shown as a demonstration."""
    shown = (await client.get(f"/v1/feedback/{given['id']}")).json()
    return bool(shown["demonstration"])


async def events_about(service: ServiceClient, given: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The states of these pieces of feedback that were published."""
    async with service.state.sessions() as session:
        ids = [UUID(each["id"]) for each in given]
        found = await session.scalars(select(Outbox.body).where(Outbox.aggregate_id.in_(ids)))
        bodies = [orjson.loads(body) for body in found]
    return [body for body in bodies if "reply_ref" in body["data"]]
