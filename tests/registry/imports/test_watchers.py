"""Healthwatch: which there are, of which council, and which took over from which."""

from datetime import date

import pytest

from services.registry.imports.facts import Catalogue
from services.registry.imports.sources import gather_claims
from services.registry.imports.watchers import watch_key
from tests.fixtures.clients import ServiceClient
from tests.registry.extract import DATA
from tests.registry.imports.claims import said_of

BOTH = watch_key("Healthwatch Nottingham and Nottinghamshire")


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    """Return all bodies of the data."""
    return gather_claims(DATA)


def test_healthwatch_that_are_known_watch_their_council(catalogue: Catalogue) -> None:
    found = said_of(catalogue.bodies[watch_key("Healthwatch Suffolk")], "relation")
    assert sum(each.to_id == "council/E10000029" for each in found) == 1


def test_one_that_was_divided_closed_for_those_that_followed(catalogue: Catalogue) -> None:
    cumbria = catalogue.bodies[watch_key("Healthwatch Cumbria")]
    assert (cumbria.opened_on, cumbria.closed_on) == (date(2013, 4, 1), date(2023, 3, 31))
    assert cumbria.is_closing_day_known
    assert (cumbria.names[0].valid_from, cumbria.names[0].valid_to) == (cumbria.opened_on, cumbria.closed_on)
    heirs = [each for each in said_of(cumbria, "relation") if each.kind == "succeeded_by"]
    assert {each.to_id for each in heirs} == {
        watch_key("Healthwatch Cumberland"),
        watch_key("Healthwatch Westmorland and Furness"),
    }
    assert {each.valid_from for each in heirs} == {date(2023, 4, 1)}


@pytest.mark.parametrize("name", ["Healthwatch Nottingham City", "Healthwatch Nottinghamshire"])
def test_one_body_took_over_from_two_by_the_day_of_its_page(catalogue: Catalogue, name: str) -> None:
    body = catalogue.bodies[watch_key(name)]
    assert (body.closed_on, body.is_closing_day_known) == (date(2025, 7, 2), False)
    assert BOTH in {each.to_id for each in said_of(body, "relation") if each.kind == "succeeded_by"}


def test_one_body_may_watch_two_councils(catalogue: Catalogue) -> None:
    areas = {each.to_id for each in said_of(catalogue.bodies[BOTH], "relation")}
    assert areas == {"council/E06000018", "council/E10000024"}


def test_a_name_comes_with_the_page_and_its_day(catalogue: Catalogue) -> None:
    source = catalogue.bodies[watch_key("Healthwatch Surrey")].source
    assert (
        source
        == "https://www.healthwatchsurrey.co.uk/news/2026-06-24/written-evidence-submissions, 2026-06-24"
    )


def test_a_body_is_no_older_than_the_council_that_it_watches(catalogue: Catalogue) -> None:
    (dorset,) = [
        each
        for each in said_of(catalogue.bodies[watch_key("Healthwatch Dorset")], "relation")
        if each.to_id == "council/E06000059"
    ]
    assert dorset.valid_from == date(2019, 4, 1)


async def test_what_was_replaced_is_not_open_today(registry: ServiceClient) -> None:
    path = "/v1/organisations?type=healthwatch&as_of=2026-11-30&limit=100"
    names = {each["name"] for each in (await registry.get(path)).json()["items"]}
    assert {"Healthwatch Cumberland", "Healthwatch Nottingham and Nottinghamshire"} <= names
    assert not names & {"Healthwatch Cumbria", "Healthwatch Nottingham City", "Healthwatch Nottinghamshire"}


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("Healthwatch Newcastle", date(2017, 6, 17)),
        ("Healthwatch Camden", date(2022, 1, 1)),
        ("Healthwatch Cumberland", date(2024, 4, 1)),
    ],
)
def test_the_day_of_the_page_is_kept_and_is_the_first_of_its_month_or_year(
    catalogue: Catalogue, name: str, day: date
) -> None:
    assert catalogue.bodies[watch_key(name)].named_on == day


async def test_the_answer_about_one_says_of_which_day_its_page_is(registry: ServiceClient) -> None:
    params = {"type": "healthwatch", "q": "newcastle", "as_of": "2026-11-30"}
    [found] = (await registry.get("/v1/organisations", params=params)).json()["items"]
    assert (found["register"]["file"], found["register"]["as_of"]) == ("healthwatch.csv", "2017-06-17")
    one = await registry.get(f"/v1/organisations/{found['id']}", params={"as_of": "2026-11-30"})
    gaps = {each["what"]: each for each in one.json()["not_known"]}
    assert gaps["later"]["last_known_on"] == "2017-06-17"
