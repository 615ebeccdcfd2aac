"""The outlines that the registry ships: read when somebody first asks for them, and kept."""

import gzip
import json
from collections.abc import Mapping
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

FILES = {
    "STP2016": "footprints_2016_boundaries.geojson.gz",
    "ICB2023": "icb_2023_boundaries.geojson.gz",
    "ICB2026": "icb_2026_boundaries.geojson.gz",
}
Ring = list[list[float]]
Geometry = dict[str, Any]


@lru_cache(maxsize=4)
def drawn_editions(folder: Path) -> frozenset[str]:
    """The editions that have outlines."""
    return frozenset(edition for edition, name in FILES.items() if (folder / name).exists())


@lru_cache(maxsize=8)
def outlines_of(folder: Path, edition: str) -> Mapping[str, str]:
    """The outline of each footprint of an edition as JSON, by its code. Takes some milliseconds."""
    if edition not in drawn_editions(folder):
        return {}
    found = json.loads(gzip.decompress((folder / FILES[edition]).read_bytes()))
    return {each["properties"]["code"]: compact_json(wind(each["geometry"])) for each in found["features"]}


def compact_json(value: object) -> str:
    """A value as JSON without spaces."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def wind(geometry: Geometry) -> Geometry:
    """A geometry with its outer rings anticlockwise and its holes clockwise (RFC 7946 §3.1.6)."""
    is_single = geometry["type"] == "Polygon"
    polygons: list[list[Ring]] = [geometry["coordinates"]] if is_single else geometry["coordinates"]
    turned = [
        [ring if is_anticlockwise(ring) is (place == 0) else ring[::-1] for place, ring in enumerate(polygon)]
        for polygon in polygons
    ]
    return {"type": geometry["type"], "coordinates": turned[0] if is_single else turned}


def is_anticlockwise(ring: Ring) -> bool:
    """Whether a closed ring goes anticlockwise."""
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring)) > 0
