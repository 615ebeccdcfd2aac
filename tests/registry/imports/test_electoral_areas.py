"""The ward and the constituencies of small areas."""

from pathlib import Path

import orjson

from services.registry.imports.electoral_areas import CONSTITUENCIES_FILE, WARDS_FILE, electoral_areas_in
from tests.registry.extract import write


def test_the_ward_comes_first_and_then_the_largest_share(tmp_path: Path) -> None:
    write(tmp_path / WARDS_FILE, [{"lsoa21_code": "E1", "ward24_code": "W", "ward24_name": "Elvet"}])
    of_constituencies = [("E1", "C1", "0.1"), ("E1", "C2", "0.9"), ("E2", "C3", "")]
    rows = [
        {"lsoa21_code": area, "constituency_2024_code": code, "constituency_name": code, "share": share}
        for area, code, share in of_constituencies
    ]
    write(tmp_path / CONSTITUENCIES_FILE, rows)
    found = {area: orjson.loads(areas) for area, areas in electoral_areas_in(tmp_path).items()}
    assert found["E1"] == [
        ["ward", "WARD2024", "W", "Elvet", 1.0],
        ["constituency", "PCON2024", "C2", "C2", 0.9],
        ["constituency", "PCON2024", "C1", "C1", 0.1],
    ]
    # An area without live postcodes is wholly in its one constituency.
    assert found["E2"] == [["constituency", "PCON2024", "C3", "C3", 1.0]]
