"""Every commissioning group through the gateway: as many as there were, with their days and what followed."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.fixtures.stack import Stack
from tests.flows.test_lookup_of_england import DATA, rows


@pytest.fixture(scope="module")
def anybody(england: Stack) -> Iterator[httpx2.Client]:
    """Somebody without a key."""
    with httpx2.Client(base_url=england.gateway_url, timeout=30) as client:
        yield client


def groups_on(anybody: httpx2.Client, day: str) -> list[dict[str, Any]]:
    """The groups that were open on a day, from all pages."""
    found: list[dict[str, Any]] = []
    query = {"type": "ccg", "as_of": day, "limit": "200"}
    page = anybody.get("/v1/organisations", params=query).json()
    found += page["items"]
    while page["next"]:
        page = anybody.get(page["next"]).json()
        found += page["items"]
    return found


@pytest.mark.parametrize(
    ("day", "count"),
    [
        ("2016-04-01", 209),
        ("2017-04-01", 207),
        ("2018-04-01", 195),
        ("2019-04-01", 191),
        ("2020-04-01", 135),
        ("2021-04-01", 106),
        ("2022-06-30", 106),
        ("2022-07-01", 0),
    ],
)
def test_there_are_as_many_groups_as_there_were(anybody, day, count):
    found = groups_on(anybody, day)
    assert (len(found), len({each["codes"]["ods"] for each in found})) == (count, count)


@pytest.mark.parametrize("year", range(2016, 2022))
def test_groups_have_the_names_and_codes_of_their_edition(anybody, year):
    day = f"{year}-04-01"
    said = {row["ods_code"]: row for row in rows(DATA / "ccg_editions.csv") if row["edition"] == day}
    found = {each["codes"]["ods"]: each for each in groups_on(anybody, day)}
    assert {ods: (each["name"], each["codes"]["ons"]) for ods, each in found.items()} == {
        ods: (row["name"], row["ons_code"]) for ods, row in said.items()
    }
    # Three partnerships of the North East merged in June 2018, not in April; in 2016 Cumbria had two.
    homes = {ods: each["footprint"]["codes"]["ods"] for ods, each in found.items()}
    others = {ods for ods, row in said.items() if homes[ods] not in row["stp_ods"].split(";")}
    assert len(others) == (12 if year == 2018 else 0)
    assert {homes[ods] for ods in others} <= {"QVP", "QT8", "QMK"}


def test_every_group_answers_by_its_code_with_its_days_and_what_followed(anybody):
    locations: dict[str, set[str]] = {}
    for row in rows(DATA / "ccg_2021_to_sub_icb.csv"):
        locations.setdefault(row["ccg_2021_ods"], set()).add(row["sub_icb_2022_ods"])
    groups = list(rows(DATA / "ccgs.csv"))
    assert len(groups) == 248
    for row in groups:
        ods = row["ods_code"]
        found = anybody.get(f"/v1/organisations/ods:{ods}", params={"edition": "ccg"}).json()
        assert (found["valid_from"], found["valid_to"]) == (row["opened"], row["closed"]), ods
        successors = [each for each in found["successors"] if each["kind"] == "succeeded_by"]
        heirs = {each["organisation"]["codes"]["ods"] for each in successors}
        assert heirs == locations.get(ods, {row["successors"]}), ods
        assert found["today"], ods
