"""In which group, and in which council that was abolished, each small area lay."""

from pathlib import Path

import pytest

from services.registry.imports.councils import council_key
from services.registry.imports.files import Origin
from services.registry.imports.group_areas import CHANGES_FILE, GROUPS_FILE, YEARS, Move, moves_in
from services.registry.imports.groups import ccg_key
from tests.registry.extract import write

# The groups and the councils of three small areas of 2011, from 2016 to 2021.
WAYS = {"E1": ("AAAAAA", "KKKKKK"), "E2": ("AABBBC", "KKKKKK"), "E3": ("DDDDDD", "KKKLLL")}


def moves(folder: Path, known: dict[str, tuple[str, str]], **changes: str) -> list[Move]:
    """The moves of areas of 2021, of which each is named with the areas of 2011 that it is made of."""
    rows = [
        {"lsoa11_code": area}
        | {f"ccg_{year}_ods": group for year, group in zip(YEARS, groups, strict=True)}
        | {f"ltla_{year}_code": council for year, council in zip(YEARS, councils, strict=True)}
        for area, (groups, councils) in WAYS.items()
    ]
    write(folder / GROUPS_FILE, rows)
    parts = [
        {"lsoa11_code": part, "lsoa21_code": area} for area, of in changes.items() for part in of.split("_")
    ]
    write(folder / CHANGES_FILE, parts)
    return list(moves_in(folder, known))


def test_only_what_changed_is_said(tmp_path: Path) -> None:
    assert moves(tmp_path, {"N1": ("A", "K"), "N2": ("A", "K")}, N1="E1", N2="E2") == [
        ("N2", "CCG2018", ccg_key("B"), Origin(GROUPS_FILE, 3)),
        ("N2", "CCG2021", ccg_key("C"), Origin(GROUPS_FILE, 3)),
    ]


def test_where_the_areas_say_otherwise_of_2016_the_next_edition_says_it(tmp_path: Path) -> None:
    found = moves(tmp_path, {"N1": ("X", "K")}, N1="E1")
    assert [each[:3] for each in found] == [("N1", "CCG2017", ccg_key("A"))]


@pytest.mark.parametrize("parts", ["E2_E3", "E3_E2"])
def test_of_several_parts_the_one_in_the_same_group_counts(tmp_path: Path, parts: str) -> None:
    found = moves(tmp_path, {"N1": ("D", "L"), "N2": ("D", "K")}, N1=parts)
    assert found == []


def test_a_council_that_was_abolished_is_said_in_its_last_edition(tmp_path: Path) -> None:
    found = moves(tmp_path, {"N1": ("D", "M")}, N1="E3")
    assert [each[:3] for each in found] == [
        ("N1", "LAD2021", council_key("L")),
        ("N1", "LAD2018", council_key("K")),
    ]


def test_a_council_that_is_still_there_is_not_said_again(tmp_path: Path) -> None:
    assert moves(tmp_path, {"N1": ("A", "M"), "N2": ("X", "K")}, N1="E1") == []


def test_an_area_that_nobody_knows_is_left_out(tmp_path: Path) -> None:
    assert moves(tmp_path, {"N1": ("A", "K")}, N1="E9", N9="E2") == []
