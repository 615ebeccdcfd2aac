"""In which group each small area lay, as long as that changed."""

from pathlib import Path

import pytest

from services.registry.imports.files import Origin
from services.registry.imports.group_areas import CHANGES_FILE, GROUPS_FILE, YEARS, moves_in
from tests.registry.extract import write

# The groups of three small areas of 2011, from 2016 to 2021.
WAYS = {"E1": "AAAAAA", "E2": "AABBBC", "E3": "DDDDDD"}


def moves(folder: Path, first: dict[str, str], **changes: str) -> list[tuple[str, str, str, Origin]]:
    """The moves of areas of 2021, of which each is named with the areas of 2011 that it is made of."""
    rows = [
        {"lsoa11_code": area, **{f"ccg_{year}_ods": group for year, group in zip(YEARS, way, strict=True)}}
        for area, way in WAYS.items()
    ]
    write(folder / GROUPS_FILE, rows)
    parts = [
        {"lsoa11_code": part, "lsoa21_code": area} for area, of in changes.items() for part in of.split("_")
    ]
    write(folder / CHANGES_FILE, parts)
    return list(moves_in(folder, first))


def test_only_what_changed_is_said(tmp_path: Path) -> None:
    assert moves(tmp_path, {"N1": "A", "N2": "A"}, N1="E1", N2="E2") == [
        ("N2", "CCG2018", "B", Origin(GROUPS_FILE, 3)),
        ("N2", "CCG2021", "C", Origin(GROUPS_FILE, 3)),
    ]


def test_where_the_areas_say_otherwise_of_2016_the_next_edition_says_it(tmp_path: Path) -> None:
    assert [each[:3] for each in moves(tmp_path, {"N1": "X"}, N1="E1")] == [("N1", "CCG2017", "A")]


@pytest.mark.parametrize("parts", ["E2_E3", "E3_E2"])
def test_of_several_parts_the_one_in_the_same_group_counts(tmp_path: Path, parts: str) -> None:
    assert moves(tmp_path, {"N1": "D"}, N1=parts) == []


def test_an_area_that_nobody_knows_is_left_out(tmp_path: Path) -> None:
    assert moves(tmp_path, {"N1": "A"}, N1="E9", N9="E2") == []
