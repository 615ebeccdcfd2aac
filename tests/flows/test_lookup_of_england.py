"""Lookups over all that the registry ships, through the gateway; what is right is read in the files."""

import csv
import gzip
import random
import string
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import httpx2
import pytest

from deploy.environment import fields_of
from deploy.local.home import CHECKOUT
from services.registry.lookup.queries import COLUMNS, SHARES, SHARES_OF_MANY
from services.registry.settings import Settings
from shared.db import make_engine
from tests.fixtures.stack import Stack
from tests.registry.lookup.plans import plan_of, read_whole

DATA = CHECKOUT / "services" / "registry" / "data"
DAY = "2026-11-23"
AT_ONCE = 1_000


def rows(path: Path) -> Iterator[dict[str, str]]:
    """Yield the rows of a CSV file."""
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as file:
        yield from csv.DictReader(file)


@cache
def postcodes_by_board() -> dict[str, list[str]]:
    """The postcodes of each board of 2026, by the small area that each lies in."""
    boards = {row["lsoa21_code"]: row["icb_2026_ods"] for row in rows(DATA / "lsoa_lookup.csv.gz")}
    found: dict[str, list[str]] = {board: [] for board in sorted(set(boards.values()))}
    with gzip.open(DATA / "postcode_lookup.csv.gz", "rt") as file:
        next(file)
        for line in file:
            postcode, _, area = line.rstrip().partition(",")
            found[boards[area]].append(postcode)
    return found


@pytest.fixture(scope="module")
def anybody(england: Stack) -> Iterator[httpx2.Client]:
    """Somebody without a key."""
    with httpx2.Client(base_url=england.gateway_url, timeout=30) as client:
        yield client


def look_up(anybody: httpx2.Client, places: list[Any]) -> list[dict[str, Any]]:
    """The footprints that many places are in, in the same order."""
    results: list[dict[str, Any]] = []
    for start in range(0, len(places), AT_ONCE):
        wanted = {"places": places[start : start + AT_ONCE], "as_of": DAY}
        answer = anybody.post("/v1/lookup/batch", json=wanted)
        assert answer.status_code == 200, answer.text
        results += answer.json()["results"]
    assert len(results) == len(places)
    return results


def board_of(result: dict[str, Any]) -> Any:
    """The ODS code of the footprint that a place was found in."""
    return result["footprint"] and result["footprint"]["codes"]["ods"]


@pytest.mark.parametrize(
    ("day", "count"), [("2016-04-01", 44), ("2022-07-01", 42), ("2023-04-01", 42), ("2026-04-01", 36)]
)
def test_there_are_as_many_footprints_as_there_were(anybody, day, count):
    found = anybody.get("/v1/footprints", params={"as_of": day, "limit": 200}).json()
    assert (len(found["items"]), found["next"]) == (count, None)


def test_every_group_leads_to_todays_boards(anybody):
    groups = sorted(row["ods_code"] for row in rows(DATA / "ccgs.csv"))
    assert len(groups) == 248
    boards = {row["ods_code"] for row in rows(DATA / "icb_2026.csv")}
    for group, found in zip(groups, look_up(anybody, [{"ccg": each} for each in groups]), strict=True):
        assert found["code"] is None, group
        assert abs(sum(each["share"] for each in found["candidates"]) - 1) <= 0.001
        assert {each["footprint"]["codes"]["ods"] for each in found["candidates"]} <= boards
        assert (found["footprint"] is None) == (len(found["candidates"]) > 1)


def test_practices_have_the_board_of_the_register_and_lie_in_it_but_for_those_listed(anybody):
    practices = [
        row
        for row in rows(DATA / "organisations.csv")
        if (row["org_type"], row["status"]) == ("gp_practice", "active")
    ]
    assert len(practices) == 6_206
    listed = {
        row["ods_code"]: (row["board_of_register"], row["board_of_postcode"])
        for row in rows(Path(__file__).parent / "practices_elsewhere.csv")
    }
    found = look_up(anybody, [row["postcode"] for row in practices])
    elsewhere = {
        row["ods_code"]: (row["icb_2026_ods"], board_of(each))
        for row, each in zip(practices, found, strict=True)
        if board_of(each) != row["icb_2026_ods"]
    }
    assert elsewhere == listed
    by_code = look_up(anybody, [f"ods:{row['ods_code']}" for row in practices])
    assert [board_of(each) for each in by_code] == [row["icb_2026_ods"] for row in practices]
    across = {row["ods_code"] for row, each in zip(practices, by_code, strict=True) if each["note"]}
    assert across == listed.keys()


def test_random_postcodes_of_every_board_are_found_in_it(anybody):
    by_board = postcodes_by_board()
    assert len(by_board) == 36
    chosen = random.Random(2026)
    wanted = [(board, each) for board, all_ in by_board.items() for each in chosen.sample(all_, 200)]
    found = look_up(anybody, [postcode for _, postcode in wanted])
    assert [board_of(each) for each in found] == [board for board, _ in wanted]


def test_one_postcode_of_every_board_has_the_same_answer_alone(anybody):
    for board, postcodes in postcodes_by_board().items():
        answer = anybody.post("/v1/lookup", json={"postcode": postcodes[0], "as_of": DAY})
        assert answer.status_code == 200
        found = answer.json()
        assert board_of(found) == board
        assert found["lineage"][0]["relation"] == "this"
        assert {each["edition"] for each in found["lineage"]} >= {"ICB2026", "STP2016"}
        assert postcodes[0] not in answer.text


def test_every_body_with_an_area_leads_to_shares_that_sum_to_one(anybody):
    councils = {row["code"] for row in rows(DATA / "local_authorities_history.csv")}
    locations = {row["ons_code"] for row in rows(DATA / "sub_icb_locations_2023.csv")}
    old = [{"ons": row["ons_code"], "edition": "STP2016"} for row in rows(DATA / "footprints_2016.csv")]
    boards = [{"ons": row["ons_code_2023"], "edition": "ICB2023"} for row in rows(DATA / "icb_2023.csv")]
    wanted = [*sorted(councils | locations), *old, *boards]
    for place, found in zip(wanted, look_up(anybody, wanted), strict=True):
        assert found["code"] is None, place
        assert abs(sum(each["share"] for each in found["candidates"]) - 1) <= 0.001, place


def test_a_position_on_the_border_leaves_doubt(anybody):
    """In the Vale of Belvoir practices of Nottinghamshire and of Leicestershire are about as near."""
    found = anybody.post("/v1/lookup", json={"latitude": 52.9, "longitude": -0.9}).json()
    assert not found["certain"]
    assert len(found["candidates"]) > 1
    assert found["footprint"]["id"] == found["candidates"][0]["footprint"]["id"]
    assert "full postcode" in found["detail"]


async def test_a_lookup_reads_no_table_from_end_to_end_however_much_there_is(england):
    postcodes = [each.replace(" ", "") for all_ in postcodes_by_board().values() for each in all_[:28]]
    columns: dict[str, Any] = {
        f"{way}_{name}": [] for way, names in COLUMNS.items() for name in ("at", *names)
    }
    many: dict[str, Any] = {"postcode_at": list(range(len(postcodes))), "postcode_postcode": postcodes}
    code = {"scheme": "ons", "code": "E08000021", "kind": None, "edition": None}
    wanted: dict[str, dict[str, Any]] = {
        "postcode": {"postcode": postcodes[0]},
        "part": {"part": "GU15"},
        "code": code,
        "position": {"latitude": 52.9, "longitude": -0.9},
    }
    engine = make_engine(Settings(**fields_of("registry", england.settings)))
    async with engine.connect() as connection:
        day: dict[str, Any] = {"as_of": date.fromisoformat(DAY)}
        plans = [await plan_of(connection, SHARES[way], given | day) for way, given in wanted.items()]
        plans.append(await plan_of(connection, SHARES_OF_MANY, columns | many | day))
    await engine.dispose()
    # All editions of all footprints are a few pages.
    assert [table for plan in plans for table in read_whole(plan) if table != "boundary"] == []


def is_no_postcode(text: str) -> bool:
    """Tell whether a text has none of the forms of a postcode or of a part of one."""
    kinds = "".join("9" if each.isdigit() else "A" if each.isalpha() else each for each in text)
    outward = ("A9", "A99", "A9A", "AA9", "AA99", "AA9A")
    forms = {each + rest for each in outward for rest in ("", " 9", "9AA", " 9AA")}
    return kinds not in forms


def test_random_postcodes_that_ended_are_found_in_their_area(anybody):
    areas = {row["lsoa21_code"]: row["icb_2026_ods"] for row in rows(DATA / "lsoa_lookup.csv.gz")}
    ended = [(row["postcode"], areas[row["lsoa21_code"]]) for row in rows(DATA / "postcodes_ended.csv.gz")]
    wanted = random.Random(773_580).sample(ended, AT_ONCE)
    found = look_up(anybody, [postcode for postcode, _ in wanted])
    assert [board_of(each) for each in found] == [board for _, board in wanted]
    assert {each["is_live"] for each in found} == {False}


def test_parts_of_other_countries_are_called_outside_england(anybody):
    outcodes = [
        row
        for row in rows(DATA / "outcodes_by_country.csv")
        if (row["unique"], row["country"]) != ("yes", "England")
    ]
    # NPT is an old code of Newport, and has no form of today's.
    certain = [row["outcode"] for row in outcodes if row["unique"] == "yes" and row["outcode"] != "NPT"]
    found = look_up(anybody, certain)
    assert {each["code"] for each in found} == {"postcode_outside_england"}
    assert len(certain) > 700
    # Of the others a part is in England, and they are found there; two have ended.
    mixed = sorted({row["outcode"] for row in outcodes if row["unique"] == "no"})
    codes = {outcode: each["code"] for outcode, each in zip(mixed, look_up(anybody, mixed), strict=True)}
    assert all(each["detail"] for each in look_up(anybody, mixed))
    unknown_ones = {outcode: code for outcode, code in codes.items() if code}
    assert unknown_ones == {"NP5": "postcode_unknown", "NP6": "postcode_unknown"}


def test_random_postcodes_have_the_group_and_the_ward_of_their_area(anybody):
    groups = {row["lsoa11_code"]: row for row in rows(DATA / "lsoa11_ccg21.csv.gz")}
    parts = {
        row["lsoa21_code"]: groups[row["lsoa11_code"]]
        for row in rows(DATA / "lsoa11_lsoa21.csv.gz")
        if row["change_code"] in ("U", "S")
    }
    wards = {row["lsoa21_code"]: row["ward24_code"] for row in rows(DATA / "wards_2024.csv.gz")}
    live = [row for row in rows(DATA / "postcode_lookup.csv.gz") if row["lsoa21_code"] in parts]
    chosen = random.Random(209)
    for row in chosen.sample(live, 60):
        year, area = chosen.randint(2016, 2021), row["lsoa21_code"]
        answer = anybody.post("/v1/lookup", json={"postcode": row["postcode"], "as_of": f"{year}-04-01"})
        areas = {each["kind"]: each for each in answer.json()["areas"]}
        assert areas["small_area"]["code"] == area
        assert areas["ward"]["code"] == wards[area]
        group = areas["ccg"]["code"], areas["ccg"]["edition"]
        assert group == (parts[area][f"ccg_{year}_ods"], f"CCG{year}"), area


def malformed(chosen: random.Random) -> Iterator[str]:
    """Yield texts that are no postcodes, without end."""
    while True:
        length = chosen.randint(4, 12)
        text = "".join(chosen.choices(string.ascii_uppercase + string.digits + "-./ ", k=length)).strip()
        if len(text) > 3 and "  " not in text and is_no_postcode(text):
            yield text


def unknown(chosen: random.Random, known: set[str]) -> Iterator[str]:
    """Yield well-formed postcodes that were never given, without end."""
    while True:
        area = "".join(chosen.choices(string.ascii_uppercase, k=chosen.randint(1, 2)))
        inward = f"{chosen.randint(0, 9)}{''.join(chosen.choices(string.ascii_uppercase, k=2))}"
        postcode = f"{area}{chosen.randint(1, 99)} {inward}"
        if postcode not in known:
            yield postcode


UNKNOWN = {"postcode_unknown", "postcode_outside_england"}


@pytest.mark.parametrize(("status", "codes"), [(422, {"invalid"}), (404, UNKNOWN)])
def test_what_is_no_known_postcode_says_so_in_words(anybody, status, codes):
    known = {each for all_ in postcodes_by_board().values() for each in all_}
    known |= {row["postcode"] for row in rows(DATA / "postcodes_ended.csv.gz")}
    texts = malformed(random.Random(422)) if status == 422 else unknown(random.Random(404), known)
    for text in [next(texts) for _ in range(100)]:
        answer = anybody.post("/v1/lookup", json={"postcode": text})
        problem = answer.json()
        assert answer.status_code == status, text
        assert problem["code"] in codes, text
        assert len(problem["detail"].split()) > 5
        assert text not in answer.text
