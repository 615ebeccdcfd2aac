"""Lineage over HTTP."""

from typing import Any

import pytest

from tests.fixtures.clients import ServiceClient
from tests.registry.conftest import statements


async def lineage(registry: ServiceClient, ref: str, **query: Any) -> list[dict[str, Any]]:
    """Return the lineage of a footprint."""
    answer = await registry.get(f"/v1/footprints/{ref}/lineage", params=query)
    assert answer.status_code == 200, answer.text
    assert answer.json()["next"] is None
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def test_todays_board_leads_to_the_footprints_of_2016(registry: ServiceClient) -> None:
    found = await lineage(registry, "ods:QHM", as_of="2026-11-23")
    first = {each["codes"]["ons"]: each["share"] for each in found if each["edition"] == "STP2016"}
    assert first == {"E54000001": 1.0, "E54000002": 1.0, "E54000003": pytest.approx(0.887, abs=0.001)}
    assert found[0]["relation"] == "this"
    assert {each["relation"] for each in found[1:]} == {"predecessor"}


@pytest.mark.parametrize("ods", ["QVP", "QMK", "QNQ", "QJG", "QXU"])
async def test_all_residents_of_a_closed_footprint_are_in_some_board_today(
    registry: ServiceClient, ods: str
) -> None:
    found = await lineage(registry, f"ods:{ods}", as_of="2026-11-23")
    today = [each["share"] for each in found if each["edition"] == "ICB2026"]
    assert sum(today) == pytest.approx(1, abs=0.001)


async def test_a_split_names_its_shares(registry: ServiceClient) -> None:
    found = await lineage(registry, "ods:QNQ", as_of="2026-11-23")
    after = {each["codes"]["ods"]: each["share"] for each in found if each["edition"] == "ICB2026"}
    assert after == {"QRL": 0.228, "S0E4D": 0.5712, "S9B9J": 0.2008}
    (this,) = [each for each in found if each["relation"] == "this"]
    assert sum(each["share"] for each in this["successors"]) == pytest.approx(1, abs=0.001)
    assert {each["on"] for each in this["successors"]} == {"2026-04-01"}


async def test_on_an_earlier_day_what_came_later_is_not_known(registry: ServiceClient) -> None:
    found = await lineage(registry, "ods:QHM", as_of="2022-07-01")
    assert {each["relation"] for each in found} == {"this", "predecessor"}
    assert found[0]["edition"] == "ICB2022"


async def test_who_led_nobody_knows_is_404(registry: ServiceClient) -> None:
    assert (await registry.get("/v1/footprints/ods:ZZZ/lineage")).status_code == 404


async def whole(registry: ServiceClient, ref: str, **query: Any) -> dict[str, Any]:
    """Return all that is told of a footprint's lineage."""
    answer = await registry.get(f"/v1/footprints/{ref}/lineage", params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_what_a_code_of_2016_is_today_takes_one_call(registry: ServiceClient) -> None:
    found = await whole(registry, "ons:E54000022", edition="STP2016")
    assert (found["footprint"]["edition"], found["footprint"]["kind"]) == ("STP2016", "stp")
    assert found["footprint"]["codes"] == {"ods": "QMM", "ons": "E54000022"}
    assert [(each["codes"]["ods"], each["share"]) for each in found["today"]] == [("T6Y0W", 1.0)]
    # The board of 2022 had the same code: without the edition it is the one that is meant.
    assert (await whole(registry, "ons:E54000022"))["footprint"]["kind"] == "icb"
    assert (await whole(registry, "ons:E54000022", edition="stp"))["footprint"]["kind"] == "stp"


async def test_an_edition_says_whose_residents_are_asked_about(registry: ServiceClient) -> None:
    first = await whole(registry, "ods:QWO", edition="STP2016")
    last = await whole(registry, "ods:QWO", edition="STP2020")
    assert [each["share"] for each in first["today"]] == [0.9368, 0.0632]
    assert [each["share"] for each in last["today"]] == [1.0]


async def test_trees_lead_from_neighbour_to_neighbour(registry: ServiceClient) -> None:
    found = await whole(registry, "ons:E54000012", edition="STP2016")
    [board] = found["successors"]
    assert (board["on"], board["basis"], board["share"]) == ("2022-07-01", "computed", 1.0)
    assert [each["edition"] for each in board["editions"]] == ["ICB2026", "ICB2023", "ICB2022"]
    split = await whole(registry, "ods:QNQ")
    assert {each["footprint"]["codes"]["ods"]: each["share_of_asked"] for each in split["successors"]} == {
        "S0E4D": 0.5712,
        "QRL": 0.228,
        "S9B9J": 0.2008,
    }
    assert {each["basis"] for each in split["successors"]} == {"declared"}
    [before] = split["predecessors"]
    assert (before["kind"], before["share_of_asked"], before["share_in_asked"]) == ("succeeded_by", 1, 1)


async def test_a_body_that_carries_on_says_what_came_to_it(registry: ServiceClient) -> None:
    found = await whole(registry, "ods:QRL")
    assert [(each["codes"]["ons"], each["share"]) for each in found["today"]] == [("E54000067", 1.0)]
    came = {each["footprint"]["codes"]["ods"]: each for each in found["predecessors"]}
    assert came["QNQ"]["share_in_asked"] == 0.228
    assert came["QNQ"]["share_of_asked"] == pytest.approx(0.1, abs=0.05)
    passed = await whole(registry, "ods:QWO", edition="STP2017")
    assert passed["today"][0]["share"] == pytest.approx(0.9368)


@pytest.mark.parametrize(
    "edition", ["STP2016", "STP2017", "STP2018", "STP2020", "ICB2022", "ICB2023", "ICB2026"]
)
async def test_the_residents_of_every_footprint_of_every_edition_are_all_somewhere_today(
    registry: ServiceClient, edition: str
) -> None:
    listed = (await registry.get("/v1/footprints", params={"edition": edition, "limit": 200})).json()["items"]
    assert listed
    for each in listed:
        found = await whole(registry, each["id"], edition=edition)
        assert sum(part["share"] for part in found["today"]) == pytest.approx(1, abs=0.001), each["name"]
        assert found["footprint"]["edition"] == edition
        assert all(part["share_of_asked"] is not None or edition < "ICB" for part in found["predecessors"])


async def test_as_of_is_the_day_up_to_which_is_told(registry: ServiceClient) -> None:
    then = await whole(registry, "ods:QNQ", as_of="2026-03-31", edition="ICB2023")
    assert (then["as_of"], then["successors"]) == ("2026-03-31", [])
    assert [each["codes"]["ods"] for each in then["today"]] == ["QNQ"]
    # What has come by now was declared for nobody any more.
    assert then["declared"] == []


@pytest.mark.parametrize(
    ("ref", "query", "code"),
    [
        ("ons:E54000022", {"edition": "STP1999"}, "not_found"),
        ("ods:S0E4D", {"edition": "STP2016"}, "not_found"),
        ("00000000-0000-7000-8000-000000000000", {}, "not_found"),
        ("ods:RX6", {}, "not_found"),
        ("ons:E54000070", {"edition": "ICB2026", "as_of": "2026-03-31"}, "not_open_yet"),
    ],
)
async def test_what_was_no_footprint_then_is_404(
    registry: ServiceClient, ref: str, query: dict[str, str], code: str
) -> None:
    answer = await registry.get(f"/v1/footprints/{ref}/lineage", params=query)
    assert (answer.status_code, answer.json()["code"]) == (404, code)


async def test_a_lineage_costs_three_statements_by_code_and_two_by_id(registry: ServiceClient) -> None:
    board = (await whole(registry, "ods:S0E4D"))["footprint"]["id"]
    for ref, query, count in (
        ("ods:S0E4D", {}, 3),
        ("ons:E54000022", {"edition": "STP2016"}, 3),
        (board, {}, 2),
    ):
        with statements(registry) as sent:
            await whole(registry, ref, **query)
        assert len(sent) == count


async def test_a_code_that_nobody_had_at_an_instant_was_not_known_then(registry: ServiceClient) -> None:
    path, instant = "/v1/footprints/ods:QHM/lineage", {"known_at": "2001-01-01T00:00:00Z"}
    answer = await registry.get(path, params=instant)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_known_then")
