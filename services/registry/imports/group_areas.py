"""The commissioning groups, and the councils abolished since, that small areas were in from 2016 on.

Both are known by the small areas of 2011, all else by those of 2021. Only changes have a row: a group in the
first edition in which an area was in it, a council in its last one. So the six editions need 60,000 rows, not
400,000.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from services.registry.imports.councils import council_key
from services.registry.imports.files import Origin, read_rows
from services.registry.imports.groups import ccg_key

GROUPS_FILE, CHANGES_FILE = FILES = ("lsoa11_ccg21.csv.gz", "lsoa11_lsoa21.csv.gz")
YEARS = range(2016, 2022)
# Area, edition and key of the body, and where it is said.
Move = tuple[str, str, str, Origin]
# By small area: its group of 2016, and its council of today.
Known = Mapping[str, tuple[str, str]]


class Way(NamedTuple):
    """The groups and the councils that an area was in, by year."""

    groups: tuple[str, ...]
    councils: tuple[str, ...]


def moves_in(folder: Path, known: Known) -> Iterator[Move]:
    """Where areas were in another group than the year before, or in a council that was abolished.

    If an area has parts of several older ones, the part in the same group in 2016 counts.
    """
    # Areas share some hundred ways from body to body, so each way is kept once to save memory.
    ways: dict[Way, Way] = {}
    parts: dict[str, tuple[Way, Origin]] = {}
    for row in read_rows(folder, GROUPS_FILE):
        groups = tuple(row[f"ccg_{year}_ods"] for year in YEARS)
        way = Way(groups, tuple(row[f"ltla_{year}_code"] for year in YEARS))
        parts[row["lsoa11_code"]] = ways.setdefault(way, way), row.at
    chosen: dict[str, tuple[Way, Origin]] = {}
    for row in read_rows(folder, CHANGES_FILE):
        area, part = row["lsoa21_code"], parts.get(row["lsoa11_code"])
        if part and area in known and (area not in chosen or part[0].groups[0] == known[area][0]):
            chosen[area] = part
    lasting = {way.councils[0] for way in ways} & {council for _, council in known.values()}
    for area, (way, at) in chosen.items():
        group, council = known[area]
        for year, before, after in zip(YEARS[1:], (group, *way.groups[1:]), way.groups[1:], strict=False):
            if after != before:
                yield area, f"CCG{year}", ccg_key(after), at
        if council in lasting:
            # Between councils that were both there, only the drawing of small areas differs.
            continue
        for year, before in zip(reversed(YEARS), reversed(way.councils), strict=True):
            if before != council and before not in lasting:
                yield area, f"LAD{year}", council_key(before), at
                council = before
