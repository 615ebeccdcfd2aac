"""Editions with and without outlines."""

import json
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from services.registry.boundaries import queries
from services.registry.boundaries.domain import collection, editions, feature, nearest, outline_of
from services.registry.boundaries.errors import NoOutline
from services.registry.settings import Settings
from shared.ids import new_id
from tests.fixtures.databases import SessionFor


def edition(year: int) -> Any:
    return SimpleNamespace(edition=f"X{year}", valid_from=date(year, 4, 1))


@pytest.mark.parametrize(
    ("year", "other"), [(2010, "X2016"), (2019, "X2016"), (2020, "X2023"), (2030, "X2026")]
)
def test_the_nearest_in_time_is_the_one_that_began_nearest(year: int, other: str) -> None:
    known = [edition(each) for each in (2016, 2023, 2026)]
    every = [*known, edition(2021), edition(year)]
    assert nearest(edition(year), every, frozenset({"X2016", "X2023", "X2026"})) == other


def test_without_any_outlines_there_is_no_nearest() -> None:
    assert nearest(edition(2020), [edition(2020)], frozenset()) is None


def test_a_hostile_name_stays_text() -> None:
    row = SimpleNamespace(
        id=new_id(), name='"},"geometry":null,"x":{"', kind="icb", ods="QHM", ons="E5", edition="ICB2026",
        region=None, residents=None,
    )  # fmt: skip
    found = json.loads(feature(row, '{"type":"Polygon","coordinates":[]}'))
    assert found["properties"]["name"] == row.name
    assert found["geometry"] == {"type": "Polygon", "coordinates": []}
    assert outline_of(row, {"E5": "x"}) == outline_of(row, {"QHM": "x"}) == "x"
    assert outline_of(row, {"OTHER": "x"}) is None


async def test_a_registry_that_ships_no_outlines_says_so(
    imported: Settings, session_for: SessionFor, tmp_path: Path
) -> None:
    session = await session_for("registry")
    assert {(each.href, each.nearest) for each in await editions(session, tmp_path, None)} == {(None, None)}
    with pytest.raises(NoOutline) as refused:
        await collection(session, tmp_path, "ICB2026")
    assert refused.value.detail == "There are no outlines of the edition ICB2026."


async def test_a_footprint_has_its_editions_in_order(imported: Settings, session_for: SessionFor) -> None:
    session = await session_for("registry")
    (board, *_) = await queries.footprints_of(session, "ICB2022")
    found = await queries.editions_of(session, board)
    assert [row.edition for row in found][:2] == ["ICB2022", "ICB2023"]
