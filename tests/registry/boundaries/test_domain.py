"""Editions with and without outlines."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from services.registry.boundaries import queries
from services.registry.boundaries.domain import (
    NoOutline,
    edition_geojson,
    editions_view,
    feature_of,
    nearest_edition,
    outline_of,
)
from services.registry.boundaries.queries import EditionSpan
from services.registry.settings import Settings
from tests.fixtures.databases import SessionFor
from tests.registry.a_body import BOARD


def edition(year: int) -> EditionSpan:
    """Return an edition that began in a year."""
    return EditionSpan(f"X{year}", 1, date(year, 4, 1), None)


@pytest.mark.parametrize(
    ("year", "other"), [(2010, "X2016"), (2019, "X2016"), (2020, "X2023"), (2030, "X2026")]
)
def test_the_nearest_in_time_is_the_one_that_began_nearest(year: int, other: str) -> None:
    known = [edition(each) for each in (2016, 2023, 2026)]
    every = [*known, edition(2021), edition(year)]
    assert nearest_edition(edition(year), every, frozenset({"X2016", "X2023", "X2026"})) == other


def test_without_any_outlines_there_is_no_nearest() -> None:
    assert nearest_edition(edition(2020), [edition(2020)], frozenset()) is None


def test_a_hostile_name_stays_text() -> None:
    row = replace(BOARD, name='"},"geometry":null,"x":{"', ons="E5")
    found = json.loads(feature_of(row, '{"type":"Polygon","coordinates":[]}'))
    assert found["properties"]["name"] == row.name
    assert found["geometry"] == {"type": "Polygon", "coordinates": []}
    assert outline_of(row, {"E5": "x"}) == outline_of(row, {"QHM": "x"}) == "x"
    assert outline_of(row, {"OTHER": "x"}) is None


async def test_a_registry_that_ships_no_outlines_says_so(
    imported: Settings, session_for: SessionFor, tmp_path: Path
) -> None:
    session = await session_for("registry")
    assert {(each.href, each.nearest) for each in (await editions_view(session, tmp_path, None)).items} == {
        (None, None)
    }
    with pytest.raises(NoOutline) as refused:
        await edition_geojson(session, tmp_path, "ICB2026")
    assert refused.value.detail == "The edition ICB2026 has no outlines."


async def test_a_footprint_has_its_editions_in_order(imported: Settings, session_for: SessionFor) -> None:
    session = await session_for("registry")
    (board, *_) = await queries.find_footprints_in(session, "ICB2022")
    found = await queries.find_editions(session, footprint=board)
    assert [row.edition for row in found][:2] == ["ICB2022", "ICB2023"]
