"""Which files an import knows, which of them belong together, and who reads them."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from services.registry.imports.clusters import add_clusters
from services.registry.imports.doors import add_doors, add_leaders, add_partners, add_watches
from services.registry.imports.facts import BodyFacts, Catalogue
from services.registry.imports.footprints import add_footprints
from services.registry.imports.organisations import (
    add_ccgs,
    add_councils,
    add_locations,
    add_providers,
    add_regions,
    relate_ccgs,
    relate_councils,
)
from services.registry.imports.sources import BadFile
from services.registry.imports.successions import add_successions

Reader = Callable[[Path, Catalogue], None]


class Part(NamedTuple):
    """Files that make sense together only, what reads the bodies in them, and what else has to be there."""

    files: tuple[str, ...]
    readers: tuple[Reader, ...] = ()
    beside: tuple[str, ...] = ()


FOOTPRINTS = Part(
    (
        "footprints_2016.csv",
        "icb_2023.csv",
        "icb_2026.csv",
        "footprint_succession.csv",
        "icb_succession_2026.csv",
    ),
    (add_footprints, add_successions),
)
# In this order: what a file names stands in one before it, or is known already.
BODIES = (
    FOOTPRINTS,
    Part(("nhs_regions.csv",), (add_regions,)),
    Part(("sub_icb_locations_2023.csv",), (add_locations,)),
    Part(("footprint_members_2016.csv",), (add_ccgs,)),
    Part(("ccg_2016_to_sub_icb.csv",), (relate_ccgs,)),
    Part(("organisations.csv",), (add_providers,)),
    Part(("local_authorities.csv",), (add_councils,)),
    Part(("la_icb.csv",), (relate_councils,)),
    Part(("footprint_leads.csv",), (add_leaders,)),
    Part(("footprint_contacts_2019.csv",), (add_doors,)),
    Part(("footprint_partners_2019.csv",), (add_partners,)),
    Part(("healthwatch_areas.csv",), (add_watches,)),
    Part(("icb_clusters_2025.csv",), (add_clusters,)),
)
AREAS = Part(
    ("lsoa_lookup.csv.gz", "outcode_lookup.csv", "postcode_sector_lookup.csv.gz"),
    beside=("organisations.csv",),
)
POSTCODES = Part(("postcode_lookup.csv.gz",))
ALL = (*BODIES, AREAS, POSTCODES)
ALL_BODIES = frozenset(name for part in BODIES for name in part.files)


def files_in(folder: Path) -> frozenset[str]:
    """Return the files of a folder that an import knows; BadFile when there are none, or parts of a part."""
    known = [name for part in ALL for name in part.files]
    found = frozenset(name for name in known if (folder / name).is_file())
    if not found:
        raise BadFile(str(folder), f"there is none of the files that an import knows: {', '.join(known)}")
    for part in ALL:
        given = next((name for name in part.files if name in found), None)
        missing = [name for name in (*part.files, *part.beside) if name not in found]
        if given and missing:
            raise BadFile(given, f"this file needs others beside it: {', '.join(missing)}")
    return found


def strangers_in(folder: Path) -> list[str]:
    """Return the data files of a folder that no import knows."""
    known = {name for part in ALL for name in part.files}
    found = {path.name for pattern in ("*.csv", "*.csv.gz") for path in folder.glob(pattern)}
    return sorted(found - known)


def is_there(part: Part, files: frozenset[str]) -> bool:
    """Tell whether a part can be read."""
    return files.issuperset(part.files)


def gather(folder: Path, known: Mapping[str, BodyFacts] | None = None) -> Catalogue:
    """Return all that the files of a folder say of bodies; they may refer to bodies that are known."""
    catalogue, files = Catalogue(known), files_in(folder)
    for part in BODIES:
        if is_there(part, files):
            for read in part.readers:
                read(folder, catalogue)
    return catalogue
