"""Disputes over HTTP: who sees them, and how one is settled."""

from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.disputes.models import Dispute
from shared.clock import now
from shared.ids import new_id
from tests.fixtures.clients import ServiceClient
from tests.registry.conftest import statements
from tests.registry.writes import steward

SAYS: dict[str, Any] = {
    "fact": "name",
    "ours": "Ambulances of the North East",
    "ours_from": "steward",
    "theirs": "NORTH EAST AMBULANCE SERVICE",
    "theirs_from": "organisations.csv",
    "line": 7,
}


async def disputed(registry: ServiceClient, ref: str = "ods:RX6", **says: Any) -> str:
    """Write down a dispute as an import does, and return its id."""
    body = (await registry.get(f"/v1/organisations/{ref}")).json()
    async with registry.state.sessions.begin() as session:
        return str(await said(session, body["id"], **says))


async def said(session: AsyncSession, body_id: str, **says: Any) -> object:
    """Return the id of a dispute that is written down."""
    found = Dispute(id=new_id(), body_id=body_id, since=now(), **(SAYS | {"theirs": str(new_id())} | says))
    session.add(found)
    await session.flush()
    return found.id


async def listed(client: ServiceClient, **query: Any) -> list[str]:
    """Return the ids of the disputes that a client sees."""
    answer = await client.get("/v1/disputes", params={"limit": 200} | query)
    assert answer.status_code == 200, answer.text
    return [each["id"] for each in answer.json()["items"]]


async def settle(client: ServiceClient, dispute: str, what: str = "settlement", **given: Any) -> Any:
    """Change a dispute as it stands, and return the answer."""
    read = await client.get(f"/v1/disputes/{dispute}")
    headers = {"If-Match": read.headers["ETag"]}
    return await client.post(f"/v1/disputes/{dispute}/{what}", json=given or None, headers=headers)


async def test_only_stewards_see_disputes(registry: ServiceClient) -> None:
    assert (await registry.get("/v1/disputes")).status_code == 401
    reader = registry.as_(client_id=new_id(), organisation_id=new_id(), scopes=["registry:read"])
    assert (await reader.get("/v1/disputes")).status_code == 403


async def test_a_bodys_stewards_see_what_they_can_correct(registry: ServiceClient) -> None:
    dispute = await disputed(registry)
    board, other = [
        (await registry.get(f"/v1/footprints/ods:{code}")).json()["id"] for code in ("QHM", "QOP")
    ]
    assert dispute in await listed(steward(registry))
    assert dispute in await listed(steward(registry, board))
    assert dispute not in await listed(steward(registry, other))
    assert (await steward(registry, other).get(f"/v1/disputes/{dispute}")).status_code == 404


async def test_a_dispute_says_who_says_what_and_where_to_correct_it(registry: ServiceClient) -> None:
    operator = steward(registry)
    found = (await operator.get(f"/v1/disputes/{await disputed(registry, theirs='NEAS')}")).json()
    assert {name: found[name] for name in SAYS} == SAYS | {"theirs": "NEAS"}
    assert found["body"]["codes"]["ods"] == "RX6"
    assert found["correct_at"] == f"/v1/organisations/{found['body']['id']}/corrections"
    contact = (await operator.get(f"/v1/disputes/{await disputed(registry, fact='phone')}")).json()
    assert contact["correct_at"].endswith("/contacts")


async def test_one_that_is_settled_is_listed_apart_and_can_be_reopened(registry: ServiceClient) -> None:
    operator, dispute = steward(registry), await disputed(registry)
    settled = await settle(operator, dispute, reason="The order of 2026 says so.")
    assert settled.status_code == 200, settled.text
    assert settled.json()["reason"] == "The order of 2026 says so."
    assert settled.json()["settled_at"]
    assert dispute not in await listed(operator, body="ods:RX6")
    assert dispute in await listed(operator, settled=True, body="ods:RX6")
    assert (await settle(operator, dispute, reason="Again.")).json()["code"] == "already_settled"
    reopened = await settle(operator, dispute, "reopening")
    assert (reopened.json()["settled_at"], reopened.json()["reason"]) == (None, None)
    assert dispute in await listed(operator)
    assert (await settle(operator, dispute, "reopening")).json()["code"] == "not_settled"


async def test_what_has_changed_since_is_read_again_first(registry: ServiceClient) -> None:
    operator, dispute = steward(registry), await disputed(registry)
    headers = {"If-Match": (await operator.get(f"/v1/disputes/{dispute}")).headers["ETag"]}
    path, given = f"/v1/disputes/{dispute}/settlement", {"reason": "The order says so."}
    assert (await operator.post(path, json=given)).status_code == 428
    assert (await operator.post(path, json=given, headers=headers)).status_code == 200
    assert (await operator.post(path, json=given, headers=headers)).status_code in (409, 412)


@pytest.mark.parametrize("query", [{"body": "ods:ZZZ"}, {"settled": "perhaps"}])
async def test_a_wrong_query_names_its_field(registry: ServiceClient, query: dict[str, str]) -> None:
    answer = await steward(registry).get("/v1/disputes", params=query)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == f"/query/{next(iter(query))}"


async def test_a_list_costs_few_statements(registry: ServiceClient) -> None:
    await disputed(registry)
    with statements(registry) as sent:
        await listed(steward(registry))
    assert len(sent) <= 3
