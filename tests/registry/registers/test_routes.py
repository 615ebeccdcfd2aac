"""The registers that the registry was filled from, and what answers say of them."""

import csv

from services.registry.imports.registers import LIST
from tests.fixtures.clients import ServiceClient
from tests.registry.extract import DATA


async def test_every_register_is_listed_with_its_day(registry: ServiceClient) -> None:
    items = (await registry.get("/v1/sources-of-facts")).json()["items"]
    found = {each["file"]: each for each in items}
    assert list(found) == sorted(found)
    register = found["icb_2026.csv"]
    assert (register["as_of"], register["rows"], register["licence"]) == ("2026-04-01", 36, "OGL v3.0")
    assert register["facts"] > 36
    assert register["next_update"] is None
    assert register["imported_at"]
    assert found["icb_2026_boundaries.geojson.gz"]["rows"] == 36
    assert found["postcode_lookup.csv.gz"]["facts"] == 0


def test_every_file_of_data_is_described() -> None:
    with (DATA / LIST).open() as file:
        described = {row["file"] for row in csv.DictReader(file)}
    files = {path.name for ending in ("csv", "csv.gz", "geojson.gz") for path in DATA.glob(f"*.{ending}")}
    assert described == files - {LIST}


async def test_a_body_says_which_register_it_is_from(registry: ServiceClient) -> None:
    practice = (await registry.get("/v1/organisations", params={"type": "gp_practice", "limit": 1})).json()
    known = practice["items"][0]["register"]
    assert known == {"source": "NHS ODS epraccur.csv", "file": "organisations.csv", "as_of": "2026-03-02"}
    board = (await registry.get("/v1/footprints/ods:QHM?as_of=2026-04-01")).json()
    assert (board["register"]["file"], board["register"]["as_of"]) == ("icb_2026.csv", "2026-04-01")
    assert "later" not in {each["what"] for each in board["not_known"]}


async def test_what_the_register_cannot_say_on_a_day_is_named(registry: ServiceClient) -> None:
    later = (await registry.get("/v1/footprints/ods:QHM?as_of=2026-04-02")).json()["not_known"]
    said = {each["what"]: each["why"] for each in later}
    assert said["later"] == "The register is of 1 April 2026: whether it is still so is not known."
    earlier = (await registry.get("/v1/organisations/ods:RX6?as_of=2015-04-01")).json()["not_known"]
    assert {each["what"] for each in earlier} >= {"earlier"}


async def test_a_body_that_had_closed_changes_no_more(registry: ServiceClient) -> None:
    closed = (await registry.get("/v1/footprints/ods:QVP?as_of=2026-04-02")).json()
    assert closed["register"]["as_of"] == "2021-04-01"
    assert "later" not in {each["what"] for each in closed["not_known"]}


async def test_the_day_of_a_register_is_not_known_for_earlier_words(registry: ServiceClient) -> None:
    then, now = "2016-01-01T00:00:00Z", "2200-01-01T00:00:00Z"
    assert (await registry.get("/v1/footprints/ods:QHM", params={"known_at": then})).status_code == 404
    board = (await registry.get("/v1/footprints/ods:QHM", params={"known_at": now})).json()
    assert board["register"]["as_of"] == "2026-04-01"
