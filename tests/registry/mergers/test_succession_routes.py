"""Successions over HTTP: by stewards only, shown first, applied once."""

import asyncio

import pytest
from sqlalchemy import select

from services.registry.models import Change
from shared.ids import new_id
from tests.fixtures.clients import ServiceClient
from tests.registry.writes import steward

BODY = {"effective_on": "2026-04-01", "predecessors": ["ods:QU9"]}


async def test_a_succession_is_shown_then_applied_once(registry: ServiceClient) -> None:
    client = steward(registry)
    dry = await client.post("/v1/successions", json=BODY | {"dry_run": True})
    assert (dry.status_code, dry.json()["dry_run"]) == (200, True)
    [shown] = dry.json()["successions"]
    assert (shown["predecessor"]["codes"]["ods"], shown["applied_at"]) == ("QU9", None)
    assert (shown["heir_uncertain"], shown["successors"][0]["share"]) == (False, 1.0)
    answers = await asyncio.gather(*(client.post("/v1/successions", json=BODY) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    refused = next(answer.json() for answer in answers if answer.status_code == 409)
    assert refused["code"] == "already_succeeded"
    after = (await client.post("/v1/successions", json=BODY | {"dry_run": True})).json()
    assert after["successions"][0]["applied_at"].endswith("Z")


async def test_a_repeat_with_the_same_key_is_answered_as_before(registry: ServiceClient) -> None:
    client, key = steward(registry), {"Idempotency-Key": "once"}
    body = BODY | {"predecessors": ["ods:QXU"]}
    first, again = [await client.post("/v1/successions", json=body, headers=key) for _ in range(2)]
    assert (again.status_code, again.json()) == (201, first.json())


async def test_a_split_says_that_its_heir_is_uncertain(registry: ServiceClient) -> None:
    body = {"effective_on": "2026-04-01", "predecessors": ["ods:QJG"], "dry_run": True}
    [shown] = (await steward(registry).post("/v1/successions", json=body)).json()["successions"]
    assert shown["heir_uncertain"]
    assert [heir["share"] for heir in shown["successors"]] == [0.6539, 0.3461]


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"predecessors": ["ods:QHM"]}, "no_succession", "/predecessors/0"),
        ({"effective_on": "2199-04-01", "predecessors": None}, "no_succession", "/effective_on"),
        ({"predecessors": []}, "invalid", "/predecessors"),
        ({"predecessors": ["QUE"]}, "invalid", "/predecessors/0"),
        ({"effective_on": 5}, "invalid", "/effective_on"),
        ({"effective_on": "0001-01-01"}, "invalid", "/effective_on"),
    ],
)
async def test_refusals_name_the_field(
    registry: ServiceClient, change: dict[str, object], code: str, pointer: str
) -> None:
    refused = await steward(registry).post("/v1/successions", json=BODY | change)
    assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert refused.json()["errors"][0]["pointer"] == pointer


async def test_a_succession_needs_a_steward(registry: ServiceClient) -> None:
    reader = registry.as_(client_id=new_id(), organisation_id=new_id(), scopes=["registry:read"])
    assert (await reader.post("/v1/successions", json=BODY)).json()["code"] == "scope_missing"
    assert (await registry.post("/v1/successions", json=BODY)).json()["code"] == "key_required"


async def test_only_the_operators_stewards_move_what_boards_own(registry: ServiceClient) -> None:
    board = (await registry.get("/v1/footprints/ods:QU9", params={"as_of": "2026-03-31"})).json()["id"]
    boards_own = steward(registry, board)
    refused = await boards_own.post("/v1/successions", json=BODY)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_your_body")


async def test_a_succession_says_why_and_who_did_it(registry: ServiceClient) -> None:
    body = BODY | {
        "predecessors": ["ods:QH8"],
        "reason": "The board has closed.",
        "source": "its last minutes",
    }
    actor = {"Doorway-Actor": "steward-7; role=steward"}
    assert (await steward(registry).post("/v1/successions", json=body, headers=actor)).status_code == 201
    async with registry.state.sessions() as session:
        latest = select(Change).order_by(Change.position.desc()).limit(1)
        change = (await session.scalars(latest)).one()
    assert (change.reason, change.source, change.actor) == (
        "The board has closed.",
        "its last minutes",
        "steward-7",
    )
