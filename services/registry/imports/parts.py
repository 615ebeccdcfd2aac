"""Which files an import knows, which of them belong together, and what reads them."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from services.registry.imports import organisations, partnerships
from services.registry.imports.facts import BodyFacts, Catalogue, FileReader
from services.registry.imports.files import BadFile
from services.registry.imports.footprints import add_footprints
from services.registry.imports.successions import add_successions


class Footprints(FileReader):
    """The footprints and what became of them."""

    files = (
        *("footprints_2016.csv", "icb_2023.csv", "icb_2026.csv"),
        *("footprint_succession.csv", "icb_succession_2026.csv"),
    )

    def read_folder(self, folder: Path) -> None:
        """Read the editions of footprints, then what became of each."""
        add_footprints(folder, self.catalogue)
        add_successions(folder, self.catalogue)


# In this order: what a file names stands in one before it, or is known already.
READERS: tuple[type[FileReader], ...] = (
    Footprints,
    organisations.Regions,
    organisations.Locations,
    organisations.CommissioningGroups,
    organisations.GroupSuccessions,
    organisations.Providers,
    organisations.Councils,
    organisations.CouncilAreas,
    partnerships.Leaders,
    partnerships.Contacts,
    partnerships.Partners,
    partnerships.Watches,
    partnerships.Clusters,
)


class Part(NamedTuple):
    """Files that make sense only together, and what else must be there."""

    files: tuple[str, ...]
    beside: tuple[str, ...] = ()

    def is_in(self, files: frozenset[str]) -> bool:
        """Whether the part can be read."""
        return files.issuperset(self.files)


AREAS = Part(
    ("lsoa_lookup.csv.gz", "outcode_lookup.csv", "postcode_sector_lookup.csv.gz"),
    beside=("organisations.csv",),
)
POSTCODES = Part(("postcode_lookup.csv.gz",))
ALL = (*(Part(reader.files) for reader in READERS), AREAS, POSTCODES)
ALL_BODIES = frozenset(name for reader in READERS for name in reader.files)


def files_in(folder: Path) -> frozenset[str]:
    """The files of a folder that an import knows; BadFile when there are none, or only some of a part."""
    known = [name for part in ALL for name in part.files]
    found = frozenset(name for name in known if (folder / name).is_file())
    if not found:
        raise BadFile(str(folder), f"none of the files that an import knows is here: {', '.join(known)}")
    for part in ALL:
        given = next((name for name in part.files if name in found), None)
        missing = [name for name in (*part.files, *part.beside) if name not in found]
        if given and missing:
            raise BadFile(given, f"this file needs others beside it: {', '.join(missing)}")
    return found


def strangers_in(folder: Path) -> list[str]:
    """The data files of a folder that no import knows."""
    known = {name for part in ALL for name in part.files}
    found = {path.name for pattern in ("*.csv", "*.csv.gz") for path in folder.glob(pattern)}
    return sorted(found - known)


def gather_claims(folder: Path, known: Mapping[str, BodyFacts] | None = None) -> Catalogue:
    """All that the files of a folder say of bodies; they may refer to bodies that are known."""
    catalogue, files = Catalogue(known), files_in(folder)
    for reader in READERS:
        if files.issuperset(reader.files):
            reader(catalogue).read_folder(folder)
    return catalogue
