"""A source is closed for good: what waits is not lost unawares, and what was said stays."""

import pytest
from sqlalchemy import func, select

from services.feedback.models import Feedback
from services.feedback.sources.models import Payload, Quarantined, RawBody, SourceMapping, SourceSecret
from shared.ids import new_id
from tests.feedback.examples import ClientOf, with_actor
from tests.feedback.sources.conftest import MANAGE, Settle
from tests.feedback.sources.senders import Sender, a_source
from tests.fixtures.clients import ServiceClient

NOW = {"If-Match": "*"}


async def count(service: ServiceClient, table: type, column: object, sender: Sender) -> int:
    async with service.state.sessions() as session:
        wanted = select(func.count()).select_from(table).where(column == sender.source["id"])
        return await session.scalar(wanted) or 0


async def version_of(sender: Sender) -> dict[str, str]:
    return {"If-Match": (await sender.owner.get(sender.path)).headers["ETag"]}


async def test_a_closed_source_is_gone_and_its_feedback_stays(
    service: ServiceClient, sender: Sender, settle_all: Settle
) -> None:
    await sender.map_by()
    await sender.send()
    await settle_all()
    closed = await sender.owner.delete(sender.path, headers=await version_of(sender))
    assert (closed.status_code, closed.json()) == (
        200,
        {"id": sender.source["id"], "state": "closed", "discarded": 0},
    )
    for refused in (await sender.send(), await service.get(sender.source["hook"])):
        assert (refused.status_code, refused.json()["code"]) == (410, "source_closed")
    for path in ("", "/attempts", "/quarantine", "/mappings"):
        assert (await sender.owner.get(f"{sender.path}{path}")).status_code == 404
    assert (await sender.owner.get("/v1/sources")).json()["items"] == []
    assert await count(service, SourceSecret, SourceSecret.source_id, sender) == 0
    assert await count(service, Feedback, Feedback.source_id, sender) == 1
    async with service.state.sessions() as session:
        mine = SourceMapping.source_id == sender.source["id"]
        assert await session.scalar(select(SourceMapping.samples).where(mine)) == []
    again = await sender.owner.delete(sender.path, headers={"If-Match": '"2"'})
    assert (again.status_code, again.json()["code"]) == (404, "source_not_found")


@pytest.mark.parametrize("is_settled", [False, True], ids=["received", "quarantined"])
async def test_what_waits_is_discarded_only_if_the_request_says_so(
    service: ServiceClient, sender: Sender, settle_all: Settle, is_settled: bool
) -> None:
    await sender.send(message_id="m-1")
    await sender.send(message_id="m-2")
    if is_settled:
        await settle_all()
    refused = await sender.owner.delete(sender.path, headers=await version_of(sender))
    assert (refused.status_code, refused.json()["code"]) == (409, "payloads_waiting")
    assert refused.json()["detail"].startswith("2 payloads wait. ")
    assert await count(service, Payload, Payload.source_id, sender) == 2
    assert (await sender.send()).status_code == 202
    path = f"{sender.path}?discard=true"
    closed = await sender.owner.delete(path, headers=await version_of(sender))
    assert (closed.status_code, closed.json()["discarded"]) == (200, 3)
    assert await count(service, Quarantined, Quarantined.source_id, sender) == 0
    async with service.state.sessions() as session:
        mine = select(Payload.id).where(Payload.source_id == sender.source["id"])
        kept = select(func.count()).where(RawBody.received_id.in_(mine))
        assert await session.scalar(kept) == 0
    assert await settle_all() == 0


async def test_who_closes_a_source_owns_it_read_it_and_is_named(
    service: ServiceClient, client_of: ClientOf, sender: Sender
) -> None:
    now = await version_of(sender)
    stranger = with_actor(client_of(new_id(), *MANAGE))
    assert (await stranger.delete(sender.path, headers=now)).json()["code"] == "source_not_found"
    assert (await sender.owner.delete(sender.path)).json()["code"] == "version_required"
    stale = await sender.owner.delete(sender.path, headers={"If-Match": '"7"'})
    assert stale.json()["code"] == "version_stale"
    nobody = client_of(sender.source["organisation_id"], *MANAGE)
    unnamed = await nobody.delete(sender.path, headers=now)
    assert unnamed.json()["errors"][0]["pointer"] == "/headers/Doorway-Actor"
    assert (await sender.owner.get(sender.path)).status_code == 200


async def test_a_closed_source_makes_room_for_another(
    service: ServiceClient, owner: ServiceClient, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.feedback.sources.domain.SOURCES_MAX", 1)
    await owner.delete(sender.path, headers=await version_of(sender))
    assert await a_source(service, owner)
