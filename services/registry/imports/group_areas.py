"""In which commissioning group each small area lay from 2017 on, where that differs from the year before.

Groups are known by the small areas of 2011, all others by those of 2021. An edition that changed nothing for
an area has no row: so the six editions need 55,000 rows and not 203,000.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from services.registry.imports.files import Origin, read_rows

GROUPS_FILE, CHANGES_FILE = FILES = ("lsoa11_ccg21.csv.gz", "lsoa11_lsoa21.csv.gz")
YEARS = range(2016, 2022)


def moves_in(folder: Path, first: Mapping[str, str]) -> Iterator[tuple[str, str, str, Origin]]:
    """Area, edition and group where an edition has another group than the one before, from `first` on.

    Of an area that is made of parts of several, the part counts that lay in the same group in 2016.
    """
    # There are some two hundred ways from group to group: each is kept once.
    ways: dict[tuple[str, ...], tuple[str, ...]] = {}
    parts: dict[str, tuple[tuple[str, ...], Origin]] = {}
    for row in read_rows(folder, GROUPS_FILE):
        way = tuple(row[f"ccg_{year}_ods"] for year in YEARS)
        parts[row["lsoa11_code"]] = ways.setdefault(way, way), row.at
    chosen: dict[str, tuple[tuple[str, ...], Origin]] = {}
    for row in read_rows(folder, CHANGES_FILE):
        area, part = row["lsoa21_code"], parts.get(row["lsoa11_code"])
        if part and area in first and (area not in chosen or part[0][0] == first[area]):
            chosen[area] = part
    for area, (way, at) in chosen.items():
        for year, before, group in zip(YEARS[1:], (first[area], *way[1:]), way[1:], strict=False):
            if group != before:
                yield area, f"CCG{year}", group, at
