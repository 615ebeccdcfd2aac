"""The ward and constituency of each small area, for letters to a councillor or member of parliament."""

from pathlib import Path

import orjson

from services.registry.imports.files import read_rows

WARDS_FILE, CONSTITUENCIES_FILE = FILES = ("wards_2024.csv.gz", "lsoa21_constituency_2024.csv.gz")
# Kind, edition, code, name and share.
Electoral = tuple[str, str, str, str, float]


def electoral_areas_in(folder: Path) -> dict[str, str]:
    """The ward and the constituencies of each small area as JSON, those with the largest share first."""
    found: dict[str, list[Electoral]] = {}
    for row in read_rows(folder, WARDS_FILE):
        ward = ("ward", "WARD2024", row["ward24_code"], row["ward24_name"], 1.0)
        found.setdefault(row["lsoa21_code"], []).append(ward)
    for row in read_rows(folder, CONSTITUENCIES_FILE):
        # The shares are of live postcodes: an area without any is wholly in its one constituency.
        share = row.share("share") if row["share"] else 1.0
        code, name = row["constituency_2024_code"], row["constituency_name"]
        found.setdefault(row["lsoa21_code"], []).append(("constituency", "PCON2024", code, name, share))
    return {
        area: orjson.dumps(sorted(each, key=lambda e: (e[0] != "ward", -e[4], e[2]))).decode()
        for area, each in found.items()
    }
