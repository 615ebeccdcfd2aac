"""The outlines that the registry ships: read when first asked for, and kept."""

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


@lru_cache(maxsize=4)
def drawn(folder: Path) -> frozenset[str]:
    """Return the editions that have outlines."""
    return frozenset(edition for edition, name in FILES.items() if (folder / name).exists())


@lru_cache(maxsize=8)
def outlines(folder: Path, edition: str) -> Mapping[str, str]:
    """Return the outline of each footprint of an edition by its code, as JSON; takes some milliseconds."""
    if edition not in drawn(folder):
        return {}
    found = json.loads(gzip.decompress((folder / FILES[edition]).read_bytes()))
    return {each["properties"]["code"]: written(wound(each["geometry"])) for each in found["features"]}


def written(value: Any) -> str:
    """Return a value as JSON without spaces."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def wound(geometry: dict[str, Any]) -> dict[str, Any]:
    """Return a geometry with its outer rings anticlockwise and its holes clockwise (RFC 7946 §3.1.6)."""
    parts = geometry["coordinates"]
    if geometry["type"] == "Polygon":
        return {"type": "Polygon", "coordinates": rings(parts)}
    return {"type": "MultiPolygon", "coordinates": [rings(each) for each in parts]}


def rings(polygon: list[Ring]) -> list[Ring]:
    """Return the rings of a polygon, each the way round that it should be."""
    return [
        ring if is_anticlockwise(ring) is (place == 0) else ring[::-1] for place, ring in enumerate(polygon)
    ]


def is_anticlockwise(ring: Ring) -> bool:
    """Tell which way round a closed ring goes."""
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring)) > 0
