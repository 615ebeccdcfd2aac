"""Who may change what is said of a group: strangers try to get in."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.lineage.queries import Link
from services.registry.stakeholders.domain import family_of, heirs_of
from shared.ids import new_id
from tests.fixtures.clients import ServiceClient
from tests.registry.stakeholders.scene import (
    WHY,
    a_charity,
    a_group,
    act_on,
    agreed,
    operator,
    refusal,
    registered,
    steward_of,
    with_address,
)

ACTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("corrections", {"name": "Taken over"}),
    ("consent", {"contact": {"channel": "email", "address": "mine@thief.example"}, **agreed(9)}),
    ("withdrawal", {}),
    ("ending", {}),
)


@pytest.mark.parametrize(("act", "body"), ACTS)
async def test_a_stranger_changes_nothing(registry: ServiceClient, act: str, body: dict[str, Any]) -> None:
    group = await registered(operator(registry), with_address())
    charity = await a_charity(registry, "Strangers (invented)")
    reader = registry.as_(client_id=new_id(), organisation_id=new_id(), scopes=["registry:read"])
    other = registry.as_(client_id=new_id(), organisation_id=charity, scopes=["registry:write"])
    nobody = registry.as_(client_id=new_id(), scopes=["registry:write"])
    for client, expected in (
        (registry, (401, "key_required")),
        (reader, (403, "scope_missing")),
        (other, (403, "not_your_body")),
        (await steward_of(registry, "ods:QUY"), (403, "not_your_body")),
        (await steward_of(registry, "ods:RX6"), (403, "not_your_body")),
        (nobody, (403, "not_your_body")),
    ):
        assert refusal(await act_on(client, group, act, **body)) == expected
    one = (await registry.get(f"/v1/stakeholders/{group['id']}")).json()
    assert (one["version"], one["name"]) == (1, group["name"])


async def test_who_may_not_write_learns_no_version(registry: ServiceClient) -> None:
    group = await registered(operator(registry), a_group())
    stranger = await steward_of(registry, "ods:QUY")
    stale = await act_on(stranger, group | {"version": 99}, "withdrawal")
    assert refusal(stale) == (403, "not_your_body")


async def test_a_boards_stewards_keep_the_groups_of_their_footprint(registry: ServiceClient) -> None:
    board = await steward_of(registry, "ods:QHM")
    group = await registered(board, a_group())
    for act, body in (("corrections", {"name": "Renamed (invented)"}), ACTS[1], ("withdrawal", {})):
        done = await act_on(board, group, act, **body)
        assert done.status_code == 200, done.text
        group = done.json()
    away = await act_on(board, group, "corrections", footprints=["ods:QUY"])
    assert refusal(away) == (403, "not_your_body")
    elsewhere = await board.post("/v1/stakeholders", json=a_group(footprints=["ods:QHM", "ods:QUY"]))
    assert refusal(elsewhere) == (403, "not_your_body")


async def test_one_of_several_boards_may_withdraw_and_no_more(registry: ServiceClient) -> None:
    group = await registered(operator(registry), with_address(footprints=["ods:QHM", "ods:QUY"]))
    board = await steward_of(registry, "ods:QUY")
    for act, body in (ACTS[0], ACTS[1], ACTS[3]):
        assert refusal(await act_on(board, group, act, **body)) == (403, "not_your_body")
    other = await steward_of(registry, "ods:QOX")
    assert refusal(await act_on(other, group, "withdrawal")) == (403, "not_your_body")
    done = await act_on(board, group, "withdrawal")
    assert (done.status_code, done.json()["contact_until"]) == (200, None)


async def test_the_heir_of_a_footprint_keeps_its_groups(registry: ServiceClient) -> None:
    group = await registered(operator(registry), a_group(footprints=["ods:QUE"]))
    heir = await steward_of(registry, "ods:S1Y5D")
    assert (await act_on(heir, group, "corrections", name="Kept (invented)")).status_code == 200


async def test_a_group_keeps_what_is_published_of_itself_and_of_nobody_else(registry: ServiceClient) -> None:
    own, other = [await a_charity(registry, f"{name} (invented)") for name in ("Own", "Other")]
    client = registry.as_(client_id=new_id(), organisation_id=own, scopes=["registry:write"])
    group = await registered(client, with_address(organisation=own, footprints=["ods:QHM", "ods:QUY"]))
    assert group["organisation"]["id"] == own
    done = await act_on(client, group, "corrections", approach="Write to us.")
    assert (done.status_code, done.json()["approach"]) == (200, "Write to us.")
    for change in ({"organisation": other}, {"organisation": None}):
        given_away = await act_on(client, done.json(), "corrections", **change)
        assert refusal(given_away) == (403, "not_your_body")
    for organisation in (other, None):
        forged = await client.post("/v1/stakeholders", json=a_group(organisation=organisation))
        assert refusal(forged) == (403, "not_your_body")
    assert (await act_on(client, done.json(), "withdrawal")).status_code == 200


async def test_who_acted_is_kept_but_not_shown(registry: ServiceClient) -> None:
    headers = {"Doorway-Actor": "steward-7; role=engagement lead"}
    made = await operator(registry).post("/v1/stakeholders", json=a_group(), headers=headers)
    assert made.status_code == 201
    assert "steward-7" not in made.text
    bad = await operator(registry).post("/v1/stakeholders", json=a_group(), headers={"Doorway-Actor": "!"})
    assert bad.status_code == 422
    assert WHY["reason"] not in bad.text


IDS = [new_id() for _ in range(5)]
# Each passes on what it has to one that passes it on later, if at all.
LINKS = st.lists(
    st.sampled_from([(a, b) for a in range(5) for b in range(5) if a < b]), unique_by=lambda pair: pair[0]
).map(lambda pairs: [Link(IDS[a], IDS[b], date(2016 + a, 4, 1), 1.0, "") for a, b in sorted(pairs)])


@given(LINKS)
def test_every_footprint_has_an_heir_and_is_found_through_it(links: list[Link]) -> None:
    for each in IDS:
        held = heirs_of(links, each, date(2026, 11, 1))
        assert held
        for heir in held:
            assert each in family_of(links, heir, date(2026, 11, 1))
