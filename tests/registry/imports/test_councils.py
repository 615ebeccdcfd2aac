"""Councils: from when until when, what became of them, their counties and their boards."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import text

from services.registry.imports.councils import common_days, council_key, find_council
from services.registry.imports.domain import load_folder
from services.registry.imports.facts import BodyFacts, Catalogue
from services.registry.imports.files import Origin
from services.registry.imports.footprints import icb_key
from services.registry.imports.sources import gather_claims
from services.registry.settings import Settings
from tests.fixtures.clients import ServiceClient
from tests.fixtures.databases import SessionFor
from tests.registry.extract import DATA, some_of
from tests.registry.imports.claims import said_of

CUMBRIA, CUMBERLAND, WESTMORLAND = "E10000006", "E06000063", "E06000064"
Link = tuple[str, date | None, date | None]


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    """Return all bodies of the data."""
    return gather_claims(DATA)


def links_of(catalogue: Catalogue, code: str, kind: str) -> list[Link]:
    """Return what a council is to others, with the days."""
    found = said_of(catalogue.bodies[council_key(code)], "relation")
    return [(each.to_id, each.valid_from, each.valid_to) for each in found if each.kind == kind]


async def count_of(registry: ServiceClient, day: str) -> int:
    """Return how many councils the registry lists on a day."""
    count, path = 0, f"/v1/organisations?type=local_authority&as_of={day}&limit=200"
    while path:
        page = (await registry.get(path)).json()
        count, path = count + len(page["items"]), page["next"]
    return count


@pytest.mark.parametrize(
    ("day", "count"),
    [
        ("2016-04-01", 353),
        ("2019-03-31", 353),
        ("2019-04-01", 343),
        ("2020-04-01", 339),
        ("2021-04-01", 333),
        ("2023-04-01", 317),
        ("2026-11-30", 317),
    ],
)
async def test_there_are_as_many_principal_councils_as_there_were(
    registry: ServiceClient, day: str, count: int
) -> None:
    assert await count_of(registry, day) == count


async def test_an_abolished_council_is_found_by_its_code_with_what_it_became(registry: ServiceClient) -> None:
    found = (await registry.get(f"/v1/organisations/ons:{CUMBRIA}")).json()
    assert (found["name"], found["valid_to"]) == ("Cumbria County Council", "2023-03-31")
    related = (
        await registry.get(f"/v1/organisations/{found['id']}/relations", params={"as_of": "2023-04-01"})
    ).json()["items"]
    heirs = {each["other"]["codes"]["ons"] for each in related if each["kind"] == "succeeded_by"}
    assert heirs == {CUMBERLAND, WESTMORLAND}


async def test_a_new_council_is_not_there_before_its_day(registry: ServiceClient) -> None:
    names = []
    for day in ("2023-03-31", "2023-04-01"):
        path = f"/v1/organisations?type=local_authority&q=cumberland&as_of={day}"
        names.append([each["name"] for each in (await registry.get(path)).json()["items"]])
    assert names == [[], ["Cumberland Council"]]


async def test_an_abolished_council_lies_where_its_successors_do(
    imported: Settings, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    found = await session.execute(
        text(
            "SELECT here.key, there.key FROM body here JOIN area_share s ON s.area = here.area"
            " JOIN body there ON there.id = s.body_id"
            " WHERE here.key IN ('council/E07000165', 'council/E10000023') AND s.edition = 'LAD2024'"
        )
    )
    heir = "council/E06000065"
    assert sorted(map(tuple, found)) == [("council/E07000165", heir), ("council/E10000023", heir)]


async def test_a_lookup_by_an_old_code_leads_to_the_footprint_of_today(registry: ServiceClient) -> None:
    found = (await registry.get("/v1/lookup?council=E07000165&as_of=2026-11-30")).json()
    assert found["matched_by"]["body"]["name"] == "Harrogate Borough Council"
    assert (found["certain"], found["footprint"]["codes"]["ods"]) == (True, "QOQ")
    assert "North Yorkshire Council" in {each["name"] for each in found["organisations"]}


@pytest.mark.parametrize(
    ("day", "names"),
    [
        ("2023-03-31", {"Harrogate Borough Council", "North Yorkshire County Council"}),
        ("2023-04-01", {"North Yorkshire Council"}),
    ],
)
async def test_a_place_has_the_councils_of_the_day(
    registry: ServiceClient, day: str, names: set[str]
) -> None:
    found = (await registry.get(f"/v1/lookup?postcode=HG1%201AA&as_of={day}")).json()
    councils = {each["name"] for each in found["organisations"] if each["kind"] == "local_authority"}
    assert councils == names
    (area,) = [each for each in found["areas"] if each["kind"] == "local_authority"]
    assert area["name"] in names


def test_a_county_that_was_divided_has_two_successors(catalogue: Catalogue) -> None:
    day = date(2023, 4, 1)
    heirs = links_of(catalogue, CUMBRIA, "succeeded_by")
    assert heirs == [(council_key(CUMBERLAND), day, None), (council_key(WESTMORLAND), day, None)]


def test_another_code_makes_no_other_council(catalogue: Catalogue) -> None:
    barnsley = catalogue.bodies[council_key("E08000016")]
    assert (barnsley.opened_on, barnsley.closed_on) == (None, None)
    assert [(each.value, each.valid_from, each.valid_to) for each in barnsley.ons] == [
        ("E08000016", None, date(2025, 3, 31)),
        ("E08000038", date(2025, 4, 1), None),
    ]
    assert [(each.value, each.valid_to) for each in barnsley.names] == [
        ("Barnsley Metropolitan Borough Council", None)
    ]
    assert links_of(catalogue, "E08000016", "succeeded_by") == []
    assert council_key("E08000038") not in catalogue.bodies


def test_another_name_makes_no_other_council(catalogue: Catalogue) -> None:
    names = [(each.value, each.valid_from) for each in catalogue.bodies[council_key("E07000112")].names]
    assert names == [
        ("Shepway District Council", None),
        ("Folkestone and Hythe Council", date(2018, 4, 1)),
    ]


def test_counties_enclose_their_districts_while_there_are_both(catalogue: Catalogue) -> None:
    assert (council_key("E07000207"), None, None) in links_of(catalogue, "E10000030", "encloses")
    suffolk = links_of(catalogue, "E10000029", "encloses")
    assert (council_key("E07000201"), None, date(2019, 3, 31)) in suffolk
    assert (council_key("E07000245"), date(2019, 4, 1), None) in suffolk
    somerset = links_of(catalogue, "E10000027", "encloses")
    assert (council_key("E07000246"), date(2019, 4, 1), date(2023, 3, 31)) in somerset


def test_councils_carry_the_share_of_their_residents(catalogue: Catalogue) -> None:
    found = said_of(catalogue.bodies[council_key(CUMBERLAND)], "relation")
    shares = [each.share for each in found if each.kind == "member_of"]
    assert sum(shares) == pytest.approx(1, abs=0.001)


def test_a_council_is_in_a_board_only_while_it_is_there(catalogue: Catalogue) -> None:
    somerset = icb_key("QSL")
    assert links_of(catalogue, "E06000066", "member_of") == [(somerset, date(2023, 4, 1), None)]
    before = (somerset, date(2022, 7, 1), date(2023, 3, 31))
    assert links_of(catalogue, "E07000246", "member_of") == [before]
    # It was not whole in one board: which, the data does not say.
    assert links_of(catalogue, "E07000028", "member_of") == []
    for body in catalogue.bodies.values():
        if body.kind == "local_authority" and body.closed_on and body.closed_on < date(2022, 7, 1):
            assert not any("icb/" in str(claim.says.get("to_id")) for claim in body.claims)


@pytest.mark.parametrize(
    ("code", "name", "day", "found"),
    [
        ("612", "", date(2019, 4, 3), "E10000002"),
        ("612", "", date(2020, 4, 1), "E06000060"),
        ("809", "", date(2019, 4, 3), "E06000059"),
        ("", "Somerset Council", date(2023, 4, 1), "E06000066"),
        ("", "Somerset County Council", date(2019, 1, 1), "E10000027"),
        ("", "Borough of Poole", date(2019, 4, 3), "E06000029"),
        ("", "Nowhere Council", date(2019, 4, 3), None),
    ],
)
def test_a_council_is_found_by_code_or_name_as_of_a_day(
    catalogue: Catalogue, code: str, name: str, day: date, found: str | None
) -> None:
    council = find_council(catalogue, code, name, day)
    assert (council and council.key) == (found and council_key(found))


def test_days_in_common_are_those_that_are_known() -> None:
    one, other = (BodyFacts(key, "x", "", Origin("x.csv", 1)) for key in "ab")
    assert common_days(one, other) == (None, None)
    one.opened_on, other.opened_on, other.closed_on = date(2019, 1, 1), date(2020, 1, 1), date(2021, 1, 1)
    assert common_days(one, other) == (date(2020, 1, 1), date(2021, 1, 1))


async def test_the_file_alone_changes_nothing(
    imported: Settings, extract: Path, tmp_path: Path, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    folder = some_of(extract, tmp_path / "councils", "local_authorities_history.csv")
    assert (await load_folder(session, folder, lambda *_: None)).is_without_effect


async def test_a_council_says_step_by_step_what_it_became(registry: ServiceClient) -> None:
    found = (await registry.get("/v1/organisations/ons:E07000190/lineage?as_of=2026-11-30")).json()
    assert [(each["name"], each["footprint"]["codes"]["ods"]) for each in found["today"]] == [
        ("Somerset Council", "QSL")
    ]
    (step,) = found["successors"]
    assert (step["on"], step["organisation"]["name"]) == ("2019-04-01", "Somerset West and Taunton Council")
    (last,) = step["successors"]
    assert (last["on"], last["organisation"]["name"]) == ("2023-04-01", "Somerset Council")
    today = (await registry.get("/v1/organisations/ons:E06000063?as_of=2026-11-30")).json()
    assert {each["organisation"]["name"] for each in today["predecessors"]} == {
        "Allerdale Borough Council",
        "Carlisle City Council",
        "Copeland Borough Council",
        "Cumbria County Council",
    }
