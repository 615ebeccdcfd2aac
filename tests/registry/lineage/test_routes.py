"""Lineage over HTTP."""

from typing import Any

import pytest

from tests.fixtures.clients import ServiceClient


async def lineage(registry: ServiceClient, ref: str, **query: Any) -> list[dict[str, Any]]:
    """Return the lineage of a footprint."""
    answer = await registry.get(f"/v1/footprints/{ref}/lineage", params=query)
    assert answer.status_code == 200, answer.text
    assert answer.json()["next"] is None
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def test_todays_board_leads_to_the_footprints_of_2016(registry: ServiceClient) -> None:
    found = await lineage(registry, "ods:QHM", as_of="2026-11-23")
    first = {each["codes"]["ons"]: each["share"] for each in found if each["scheme"] == "STP2016"}
    assert first == {"E54000001": 1.0, "E54000002": 1.0, "E54000003": pytest.approx(0.887, abs=0.001)}
    assert found[0]["relation"] == "this"
    assert {each["relation"] for each in found[1:]} == {"predecessor"}


@pytest.mark.parametrize("ods", ["QVP", "QMK", "QNQ", "QJG", "QXU"])
async def test_all_residents_of_a_closed_footprint_are_in_some_board_today(
    registry: ServiceClient, ods: str
) -> None:
    found = await lineage(registry, f"ods:{ods}", as_of="2026-11-23")
    today = [each["share"] for each in found if each["scheme"] == "ICB2026"]
    assert sum(today) == pytest.approx(1, abs=0.001)


async def test_a_split_names_its_shares(registry: ServiceClient) -> None:
    found = await lineage(registry, "ods:QNQ", as_of="2026-11-23")
    after = {each["codes"]["ods"]: each["share"] for each in found if each["scheme"] == "ICB2026"}
    assert after == {"QRL": 0.228, "S0E4D": 0.5712, "S9B9J": 0.2008}
    (this,) = [each for each in found if each["relation"] == "this"]
    assert sum(each["share"] for each in this["successors"]) == pytest.approx(1, abs=0.001)
    assert {each["on"] for each in this["successors"]} == {"2026-04-01"}


async def test_on_an_earlier_day_what_came_later_is_not_known(registry: ServiceClient) -> None:
    found = await lineage(registry, "ods:QHM", as_of="2022-07-01")
    assert {each["relation"] for each in found} == {"this", "predecessor"}
    assert found[0]["scheme"] == "ICB2022"


async def test_who_led_nobody_knows_is_404(registry: ServiceClient) -> None:
    assert (await registry.get("/v1/footprints/ods:ZZZ/lineage")).status_code == 404
