"""Stakeholders over HTTP: registered, found, corrected, ended."""

from typing import Any

import pytest
from sqlalchemy import select

from services.registry.models import Change
from shared.events.base import Envelope
from shared.events.registry import StakeholderChanged, StakeholderRegistered
from shared.ids import new_id
from shared.outbox import Outbox
from tests.fixtures.clients import ServiceClient
from tests.fixtures.databases import SessionFor
from tests.registry.conftest import statements
from tests.registry.footprints.test_routes import listed
from tests.registry.stakeholders.scene import (
    ADDRESS,
    WHY,
    a_group,
    act_on,
    agreed,
    operator,
    refusal,
    registered,
    with_address,
)


async def test_a_group_is_registered_and_found_with_all_it_says(registry: ServiceClient) -> None:
    made = await operator(registry).post("/v1/stakeholders", json=with_address(support_needed="Fares."))
    assert made.status_code == 201, made.text
    group = made.json()
    assert made.headers["Location"] == f"/v1/stakeholders/{group['id']}"
    assert made.headers["ETag"] == '"1"'
    assert (group["reaches"], group["languages"]) == (["homeless people"], ["en", "pl"])
    assert [each["codes"]["ods"] for each in group["footprints"]] == ["QHM"]
    assert (group["paid"], group["no_capacity"], group["support_needed"]) == ("not_known", False, "Fares.")
    one = await registry.get(made.headers["Location"])
    assert one.json() == group | {
        "contact": {"channel": "email", "address": ADDRESS},
        "how_to_reach": "Write to the address in `contact`, in the way that `approach` asks for.",
    }
    assert one.headers["ETag"].startswith('"1')
    assert one.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"footprint": "ods:QHM", "reaches": "traveller"}, True),
        ({"reaches": "Gypsy travel"}, True),
        ({"reaches": "midwif"}, False),
        ({"interest": "midwif"}, True),
        ({"interest": "traveller"}, False),
        ({"q": "wagon midwif"}, True),
        ({"q": "wagon dentist"}, False),
        ({"language": "RMY"}, True),
        ({"language": "cy"}, False),
        ({"footprint": "ods:QUY"}, False),
        ({"as_of": "2026-01-01"}, False),
        ({"as_of": "2100-01-01"}, True),
    ],
)
async def test_groups_are_found_by_whom_they_reach(
    registry: ServiceClient, query: dict[str, str], found: bool
) -> None:
    facts = {"name": "Wagon (invented)", "reaches": ["Gypsy, Roma and Traveller families"]}
    group = await registered(operator(registry), a_group(**facts, interests=["midwifery"], languages=["rmy"]))
    ids = {each["id"] for each in await listed(registry, "/v1/stakeholders", limit=200, **query)}
    assert (group["id"] in ids) is found


async def test_a_group_of_a_footprint_that_merged_is_found_in_its_heir(registry: ServiceClient) -> None:
    group = await registered(operator(registry), a_group(footprints=["ods:QUE", "ods:S1Y5D", "ods:QUE"]))
    assert [each["codes"]["ods"] for each in group["footprints"]] == ["S1Y5D"]
    for ref in ("ods:QUE", "ods:S1Y5D", "ods:QHG"):
        found = await listed(registry, "/v1/stakeholders", footprint=ref, limit=200)
        assert group["id"] in {each["id"] for each in found}, ref
    others = await listed(registry, "/v1/stakeholders", footprint="ods:QHM", limit=200)
    assert group["id"] not in {each["id"] for each in others}


async def test_a_list_costs_the_same_however_long(registry: ServiceClient) -> None:
    for _ in range(3):
        await registered(operator(registry), a_group())
    for limit in (1, 200):
        with statements(registry) as sent:
            await registry.get("/v1/stakeholders", params={"limit": limit, "reaches": "homeless"})
        assert len(sent) == 2
    with statements(registry) as sent:
        await registry.get("/v1/stakeholders", params={"footprint": "ods:QHM"})
    assert len(sent) == 5


async def test_a_day_before_it_was_registered_knows_no_group(registry: ServiceClient) -> None:
    group = await registered(operator(registry), a_group())
    path = f"/v1/stakeholders/{group['id']}"
    assert (await registry.get(f"{path}?as_of=2026-01-01")).status_code == 404
    for day in ("2030-01-01", "2199-12-31"):
        assert (await registry.get(f"{path}?as_of={day}")).json()["id"] == group["id"]
        assert (await registry.get(f"/v1/stakeholders?as_of={day}")).status_code == 200
    assert (await registry.get("/v1/stakeholders?as_of=1800-01-01")).json()["items"] == []


async def test_pages_follow_one_another(registry: ServiceClient) -> None:
    made = [await registered(operator(registry), a_group(name="Paged (invented)")) for _ in range(3)]
    found, path = [], "/v1/stakeholders?q=paged&limit=1"
    while path:
        answer = (await registry.get(path)).json()
        found += [each["id"] for each in answer["items"]]
        path = answer["next"]
    assert found == [each["id"] for each in made]


async def test_a_correction_is_published_with_its_reason_and_names_nobody(
    registry: ServiceClient, session_for: SessionFor
) -> None:
    client = operator(registry)
    group = await registered(client, with_address())
    done = await act_on(client, group, "corrections", reaches=["carers"], capacity="Two meetings a year.")
    assert done.status_code == 200, done.text
    assert (done.json()["reaches"], done.json()["interests"]) == (["carers"], ["discharge"])
    assert (done.json()["version"], done.headers["ETag"]) == (2, '"2"')
    session = await session_for("registry")
    events = select(Outbox.body).where(Outbox.aggregate_id == group["id"]).order_by(Outbox.sequence)
    bodies = list(await session.scalars(events))
    first, second = (Envelope.model_validate_json(body).event() for body in bodies)
    assert isinstance(first, StakeholderRegistered)
    assert isinstance(second, StakeholderChanged)
    assert second.reaches == ("carers",)
    assert not any("Door Openers" in body or "example" in body for body in bodies)
    kept = select(Change).where(Change.record_id == group["id"]).order_by(Change.version)
    changes = list(await session.scalars(kept))
    assert [(each.version, each.reason) for each in changes] == [(1, WHY["reason"]), (2, WHY["reason"])]
    assert not any("Door Openers" in each.state or ADDRESS in each.state for each in changes)


async def test_what_may_be_empty_can_be_emptied(registry: ServiceClient) -> None:
    client = operator(registry)
    group = await registered(client, a_group())
    emptied: dict[str, Any] = {"approach": None, "organisation": None, "no_capacity": True, "interests": []}
    done = await act_on(client, group, "corrections", **emptied)
    assert (done.json()["approach"], done.json()["no_capacity"], done.json()["interests"]) == (None, True, [])


async def test_a_group_that_ended_is_listed_no_more_and_stays_as_it_was(registry: ServiceClient) -> None:
    client = operator(registry)
    group = await registered(client, with_address(name="Ended (invented)"))
    early = await act_on(client, group, "ending", ended_on="2100-01-01")
    assert early.json()["errors"][0]["pointer"] == "/ended_on"
    done = await act_on(client, group, "ending", ended_on="2026-10-01")
    assert (done.status_code, done.json()["ended_on"]) == (200, "2026-10-01")
    assert await listed(registry, "/v1/stakeholders", q="ended") == []
    one = (await registry.get(f"/v1/stakeholders/{group['id']}")).json()
    assert (one["contact"], one["contact_until"]) == (None, None)
    assert one["how_to_reach"].startswith("This group has ended")
    for act, body in (("corrections", {"name": "x"}), ("consent", agreed(5)), ("withdrawal", {})):
        refused = await act_on(client, done.json(), act, **body)
        assert refusal(refused) == (409, "stakeholder_ended"), act


async def test_a_change_needs_what_was_read(registry: ServiceClient) -> None:
    client = operator(registry)
    group = await registered(client, a_group())
    await act_on(client, group, "corrections", name="Renamed (invented)")
    assert refusal(await act_on(client, group, "corrections", name="x")) == (412, "version_stale")
    path = f"/v1/stakeholders/{group['id']}"
    assert refusal(await client.post(f"{path}/withdrawal", json=WHY)) == (428, "version_required")
    assert (await registry.get(f"/v1/stakeholders/{new_id()}")).status_code == 404
    gone = {"id": new_id(), "version": 1}
    assert refusal(await act_on(client, gone, "withdrawal")) == (404, "not_found")


async def test_the_same_key_registers_once(registry: ServiceClient) -> None:
    client, headers = operator(registry), {"Idempotency-Key": "group"}
    first, again = [
        await client.post("/v1/stakeholders", json=with_address(), headers=headers) for _ in range(2)
    ]
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"name": ""}, "/name"),
        ({"reason": ""}, "/reason"),
        ({"source": None}, "/source"),
        ({"footprints": []}, "/footprints"),
        ({"footprints": ["ods:ZZZ"]}, "/footprints/0"),
        ({"footprints": ["ods:QHM", "QHM"]}, "/footprints/1"),
        ({"organisation": "ods:ZZZ"}, "/organisation"),
        ({"reaches": ["x"]}, "/reaches/0"),
        ({"reaches": ["two\nlines"]}, "/reaches/0"),
        ({"reaches": ["many"] * 31}, "/reaches"),
        ({"languages": ["English"]}, "/languages/0"),
        ({"languages": ["e1"]}, "/languages/0"),
        ({"paid": "perhaps"}, "/paid"),
        ({"approach": "x" * 1001}, "/approach"),
        ({"contact": {"channel": "fax", "address": "1"}}, "/contact/channel"),
        ({"contact": {"channel": "email", "address": "nobody"}}, "/contact"),
        ({"contact": {"channel": "phone", "address": "call me"}}, "/contact"),
        ({"contact": {"channel": "web", "address": "javascript:alert(1)"}}, "/contact"),
        ({"surprise": 1}, "/surprise"),
    ],
)
async def test_bad_input_is_422_naming_the_field_and_not_what_it_said(
    registry: ServiceClient, change: dict[str, Any], pointer: str
) -> None:
    answer = await operator(registry).post("/v1/stakeholders", json=a_group() | change)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert "nobody" not in answer.text


@pytest.mark.parametrize(
    "body", [{}, {"name": None}, {"footprints": None}, {"contact": None}, {"paid": None}]
)
async def test_a_correction_that_says_nothing_or_nonsense_is_422(
    registry: ServiceClient, body: dict[str, Any]
) -> None:
    client = operator(registry)
    group = await registered(client, a_group())
    assert refusal(await act_on(client, group, "corrections", **body)) == (422, "invalid")


@pytest.mark.parametrize("query", ["language=English", "footprint=ods:ZZZ", "q=%2B", "reaches=", "cursor=x"])
async def test_bad_queries_are_422(registry: ServiceClient, query: str) -> None:
    assert (await registry.get(f"/v1/stakeholders?{query}")).status_code == 422


async def test_a_group_is_no_body_that_has_closed(registry: ServiceClient) -> None:
    closed = (await registry.get("/v1/organisations/ods:R1C?as_of=2015-01-01")).json()
    assert closed["valid_to"] < "2026-11-23"
    client = operator(registry)
    refused = await client.post("/v1/stakeholders", json=a_group(organisation=closed["id"]))
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/organisation")
    assert closed["valid_to"] in refused.json()["errors"][0]["detail"]
    group = await registered(client, a_group())
    corrected = await act_on(client, group, "corrections", organisation=closed["id"])
    assert (corrected.status_code, corrected.json()["errors"][0]["pointer"]) == (422, "/organisation")
