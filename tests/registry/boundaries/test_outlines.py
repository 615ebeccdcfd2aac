"""The outlines that the registry ships, as maps want them."""

import json
from pathlib import Path

import pytest

from services.registry.boundaries.outlines import FILES, drawn_editions, is_anticlockwise, outlines_of, wind

SQUARE = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0], [0.0, 0.0]]


@pytest.mark.parametrize(("edition", "count"), [("STP2016", 44), ("ICB2023", 42), ("ICB2026", 36)])
def test_every_ring_is_closed_in_england_and_goes_the_right_way_round(
    extract: Path, edition: str, count: int
) -> None:
    found = [json.loads(each) for each in outlines_of(extract, edition).values()]
    assert len(found) == count
    for geometry in found:
        parts = geometry["coordinates"]
        for polygon in [parts] if geometry["type"] == "Polygon" else parts:
            assert [is_anticlockwise(ring) for ring in polygon] == [True, *[False] * (len(polygon) - 1)]
            for ring in polygon:
                assert ring[0] == ring[-1]
                assert all(-7 < east < 2 and 49 < north < 56 for east, north in ring)


def test_a_ring_that_goes_wrong_is_turned() -> None:
    hole = [[each[0] / 2, each[1] / 2] for each in SQUARE]
    turned = {"type": "Polygon", "coordinates": [SQUARE[::-1], hole]}
    right = {"type": "Polygon", "coordinates": [SQUARE, hole[::-1]]}
    assert wind(turned) == wind(right) == right
    several = {"type": "MultiPolygon", "coordinates": [[SQUARE[::-1]], [SQUARE]]}
    assert wind(several)["coordinates"] == [[SQUARE], [SQUARE]]


def test_what_was_read_is_kept(extract: Path) -> None:
    assert outlines_of(extract, "ICB2026") is outlines_of(extract, "ICB2026")


def test_a_folder_without_outlines_has_none(tmp_path: Path, extract: Path) -> None:
    assert drawn_editions(tmp_path) == frozenset()
    assert outlines_of(tmp_path, "ICB2026") == {}
    assert drawn_editions(extract) == set(FILES)
