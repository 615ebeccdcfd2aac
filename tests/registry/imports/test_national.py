"""Regions of NHS England, and bodies that work for the whole of England."""

from collections.abc import Iterator
from datetime import date
from itertools import pairwise

import pytest

from services.registry.imports.facts import Catalogue
from services.registry.imports.footprints import icb_key, stp_key
from services.registry.imports.national import national_key, region_key
from services.registry.imports.sources import gather_claims
from tests.fixtures.clients import ServiceClient
from tests.registry.extract import DATA
from tests.registry.imports.claims import said_of

LAST = date(2022, 6, 30)
Span = tuple[date | None, date | None]


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    """Return all bodies of the data."""
    return gather_claims(DATA)


def regions_around(catalogue: Catalogue, key: str) -> Iterator[tuple[str, Span]]:
    """Give the regions that enclosed a footprint, with the days."""
    for body in catalogue.bodies.values():
        if body.kind == "nhs_region":
            for each in said_of(body, "relation"):
                if (each.kind, each.to_id) == ("encloses", key):
                    yield body.ods[0].value, (each.valid_from, each.valid_to)


@pytest.mark.parametrize(
    ("day", "count"), [("2016-04-01", 4), ("2018-04-01", 5), ("2019-04-01", 7), ("2026-11-30", 7)]
)
async def test_there_are_as_many_regions_as_there_were(registry: ServiceClient, day: str, count: int) -> None:
    found = await registry.get(f"/v1/organisations?type=nhs_region&as_of={day}")
    assert len(found.json()["items"]) == count


def test_a_partnership_goes_from_region_to_region(catalogue: Catalogue) -> None:
    devon = sorted(regions_around(catalogue, stp_key("QJK")), reverse=True)
    assert devon == [
        ("Y58", (date(2018, 4, 1), LAST)),
        ("Y57", (date(2016, 3, 15), date(2018, 3, 31))),
    ]
    london = list(regions_around(catalogue, stp_key("QKK")))
    assert london == [("Y56", (date(2016, 3, 15), LAST))]


def test_every_footprint_is_in_one_region_on_each_of_its_days(catalogue: Catalogue) -> None:
    for body in catalogue.bodies.values():
        if body.is_footprint:
            spans = sorted(
                (since or date.min, until or date.max)
                for _, (since, until) in regions_around(catalogue, body.key)
            )
            assert spans, body.key
            assert spans[0][0] == body.opened_on
            assert spans[-1][1] == (body.closed_on or date.max)
            for (_, until), (since, _) in pairwise(spans):
                assert (since - until).days == 1, body.key


@pytest.mark.parametrize(
    ("day", "region"),
    [("2018-06-08", "North of England"), ("2019-04-01", "North East and Yorkshire"), ("2026-11-30", None)],
)
async def test_a_footprint_names_the_region_of_the_day(
    registry: ServiceClient, day: str, region: str | None
) -> None:
    found = (await registry.get("/v1/footprints/ods:QHM", params={"as_of": day})).json()
    assert found["region"] == (region or "North East and Yorkshire")


def test_a_region_is_followed_by_those_that_divided_it(catalogue: Catalogue) -> None:
    found = said_of(catalogue.bodies[region_key("Y57")], "relation")
    heirs = [(each.to_id, each.valid_from) for each in found if each.kind == "succeeded_by"]
    assert heirs == [(region_key("Y58"), date(2018, 4, 1)), (region_key("Y59"), date(2018, 4, 1))]


def test_a_board_is_in_the_region_that_its_last_edition_names(catalogue: Catalogue) -> None:
    assert list(regions_around(catalogue, icb_key("QHM"))) == [("Y63", (date(2022, 7, 1), None))]


async def test_a_national_body_is_found_by_its_name_and_is_nowhere_local(registry: ServiceClient) -> None:
    path = "/v1/organisations?type=national_body&q=health%20education&as_of=2020-01-01"
    (found,) = (await registry.get(path)).json()["items"]
    assert (found["name"], found["kind"]) == ("Health Education England", "national_body")
    assert (found["valid_from"], found["valid_to"]) == ("2013-04-01", "2023-03-31")
    assert (found["footprint"], found["codes"]) == (None, {"ods": None, "ons": None})
    place = (await registry.get("/v1/lookup?postcode=NE1%204LP&as_of=2020-01-01")).json()
    assert "national_body" not in {each["kind"] for each in place["organisations"]}


def test_a_month_or_a_year_is_no_day(catalogue: Catalogue) -> None:
    monitor = catalogue.bodies[national_key("monitor")]
    assert (monitor.opened_on, monitor.closed_on) == (None, LAST)
    assert "opened in 2004-01, the day is not known" in monitor.source
    assert catalogue.bodies[national_key("nhs-tda")].opened_on is None


def test_a_national_body_has_its_act_its_form_and_its_successors(catalogue: Catalogue) -> None:
    digital = catalogue.bodies[national_key("nhs-digital")]
    assert digital.source.startswith("Health and Social Care Act 2012")
    assert digital.legal_forms[0].value == "executive non-departmental public body"
    (heir,) = said_of(digital, "relation")
    assert (heir.to_id, heir.kind, heir.valid_from) == (
        national_key("nhs-england"),
        "succeeded_by",
        date(2023, 2, 1),
    )


def test_sixteen_national_bodies_have_no_home(catalogue: Catalogue) -> None:
    found = [body for body in catalogue.bodies.values() if body.kind == "national_body"]
    assert len(found) == 16
    assert not any(each.kind == "member_of" for body in found for each in said_of(body, "relation"))
