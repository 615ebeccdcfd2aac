"""The files that an import knows, what reads them, and what their facts are taken from.

To add a file, write a function that reads one of its rows, and give both a place in `SOURCES`.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from services.registry.imports import (
    corrections,
    councils,
    electoral_areas,
    footprints,
    group_areas,
    groups,
    leaders,
    locations,
    national,
    organisations,
    partnerships,
    postcodes,
    successions,
    watchers,
)
from services.registry.imports.corrections import Corrections
from services.registry.imports.facts import BodyFacts, Catalogue
from services.registry.imports.files import BadFile, Column, Row, read_rows
from services.registry.imports.registers import LIST

COMPUTED = "computed: overlap of small areas"
ODS_WORKBOOK = "NHS Digital ODS, STP Partner Relationships workbook, 2019"


class Source(NamedTuple):
    """A file of which each row says something of a body."""

    file: str
    # Adds to the catalogue what a row says; Unusable when it cannot be used.
    read: Callable[[Catalogue, Row], None]
    # What is given as the source of these facts, or the column that holds it.
    source: str


# In this order, after footprints and groups: what a file names stands in one before it, or is known already.
# Of a file that names its own bodies, these are read first.
SOURCES = (
    Source("nhs_regions_history.csv", national.read_region, Column("source")),
    Source("nhs_regions_history.csv", national.read_region_succession, Column("source")),
    Source("sub_icb_locations_2023.csv", locations.read_location, "ONS sub-ICB locations 2023"),
    Source("sub_icb_locations_2026.csv", locations.read_new_location, Column("source")),
    Source("ccg_area_passes.csv", groups.read_area_passed, COMPUTED),
    Source("ccg_2021_to_sub_icb.csv", groups.read_last_succession, COMPUTED),
    Source("organisations.csv", organisations.read_organisation, Column("source")),
    Source("ods_renamings.csv", successions.read_renaming, Column("source")),
    Source("ods_successions.csv", successions.read_succession, Column("source")),
    Source("local_authorities_history.csv", councils.read_council, Column("source")),
    Source("local_authorities_history.csv", councils.read_council_relations, Column("source")),
    Source("la_icb.csv", councils.read_council_area, "ONS: census residents of small areas"),
    Source("healthwatch.csv", watchers.read_watch, Column("source")),
    Source("footprint_leads.csv", leaders.read_leader, Column("source")),
    Source("footprint_contacts_2019.csv", partnerships.read_contacts, ODS_WORKBOOK),
    Source("footprint_partners_2019.csv", partnerships.read_partner, ODS_WORKBOOK),
    Source("healthwatch_areas.csv", watchers.read_watch_area, Column("name_source")),
    Source("icb_clusters_2025.csv", leaders.read_cluster, Column("source")),
    Source("icb_clusters_2026.csv", leaders.read_later_cluster, Column("source")),
    Source("icb_leaders_2026.csv", leaders.read_board_leader, Column("source")),
    Source("national_bodies.csv", national.read_national_body, Column("source")),
    Source("national_bodies.csv", national.read_national_succession, Column("source")),
)
AREAS = (
    *("lsoa_lookup.csv.gz", "outcode_lookup.csv", "postcode_sector_lookup.csv.gz"),
    *(*group_areas.FILES, *electoral_areas.FILES),
)
POSTCODES, EXCEPTIONS, OUTSIDE = postcodes.FILES, (postcodes.EXCEPTIONS_FILE,), postcodes.OUTSIDE_FILES
PLACES = (AREAS, POSTCODES, EXCEPTIONS, OUTSIDE)
# Files that make sense only together.
PARTS = (
    footprints.FILES,
    groups.FILES,
    *((source.file,) for source in SOURCES),
    (corrections.FILE,),
    *PLACES,
)
KNOWN = tuple(dict.fromkeys(name for part in PARTS for name in part))
BESIDE: dict[tuple[str, ...], tuple[str, ...]] = {AREAS: ("organisations.csv",)}
ALL_BODIES = frozenset(KNOWN) - {name for part in PLACES for name in part}


def files_in(folder: Path) -> frozenset[str]:
    """The files of a folder that an import knows; BadFile when there are none, or only some of a part."""
    found = frozenset(name for name in KNOWN if (folder / name).is_file())
    if not found:
        raise BadFile(str(folder), f"none of the files that an import knows is here: {', '.join(KNOWN)}")
    for part in PARTS:
        missing = [name for name in (*part, *BESIDE.get(part, ())) if name not in found]
        if missing and (present := next((name for name in part if name in found), None)):
            raise BadFile(present, f"this file needs others beside it: {', '.join(missing)}")
    return found


def strangers_in(folder: Path) -> list[str]:
    """The data files of a folder that no import knows."""
    found = {path.name for pattern in ("*.csv", "*.csv.gz") for path in folder.glob(pattern)}
    return sorted(found.difference(KNOWN, {LIST}))


def gather_claims(folder: Path, known: Mapping[str, BodyFacts] | None = None) -> Catalogue:
    """All that the files of a folder say of bodies; they may refer to bodies that are known."""
    catalogue, files, by_hand = Catalogue(known), files_in(folder), Corrections(folder)
    if files.issuperset(footprints.FILES):
        footprints.read_footprints(folder, catalogue)
    if files.issuperset(groups.FILES):
        groups.read_groups(folder, catalogue)
    for source in SOURCES:
        if source.file in files:
            for row in read_rows(folder, source.file, source.source):
                if right := by_hand.correct(row):
                    with catalogue.using(right):
                        source.read(catalogue, right)
    # A file that is read twice is overruled once.
    catalogue.overruled = list(dict.fromkeys(by_hand.lines))
    return catalogue
