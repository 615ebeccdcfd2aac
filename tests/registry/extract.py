"""A small extract of the data that the registry ships: all footprints, few practices and postcodes."""

import csv
import gzip
import io
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.fixtures.servers import run_home

DATA = Path(__file__).parents[2] / "services" / "registry" / "data"
# Newcastle; Harrogate, Durham and Smethwick (whose footprint changed twice); Frimley, split in 2026; Oxted.
OUTCODES = ("NE1", "HG1", "DH1", "B66", "GU15", "RH8")
Row = dict[str, str]


def extract_of_run() -> Path:
    """The folder of the extract, made once for all workers of the run: it is copied, never changed."""
    home = run_home().make()
    folder, part = home.path / "extract", home.path / "extract.part"
    with home.locked("extract", wait=True):
        if not folder.exists():
            part.mkdir(exist_ok=True)
            make_extract(part).rename(folder)
    return folder


def make_extract(target: Path) -> Path:
    """Write the extract into a folder and return it."""
    for path in (*DATA.glob("*.csv"), *DATA.glob("*.geojson.gz")):
        shutil.copy(path, target / path.name)
    areas = keep(target, "postcode_lookup.csv.gz", is_near_outcodes)
    known = {row["lsoa21_code"] for row in areas}
    exceptions = "postcode_constituency_exceptions.csv.gz"
    keep(target, exceptions, is_near_outcodes)
    ended = "postcodes_ended.csv.gz"
    keep(target, ended, lambda row: is_near_outcodes(row) and row["lsoa21_code"] in known)
    for name in ("wards_2024.csv.gz", "lsoa21_constituency_2024.csv.gz"):
        keep(target, name, lambda row: row["lsoa21_code"] in known)
    keep(target, "lsoa_lookup.csv.gz", lambda row: row["lsoa21_code"] in known)
    parts = keep(target, "lsoa11_lsoa21.csv.gz", lambda row: row["lsoa21_code"] in known)
    older = {row["lsoa11_code"] for row in parts}
    keep(target, "lsoa11_ccg21.csv.gz", lambda row: row["lsoa11_code"] in older)
    keep(target, "postcode_sector_lookup.csv.gz", lambda row: row["sector"].split()[0] in OUTCODES)
    keep(target, "outcode_lookup.csv", lambda row: row["outcode"] in OUTCODES)
    keep(target, "organisations.csv", lambda row: row["org_type"] != "gp_practice" or is_near(row))
    return target


def is_near_outcodes(row: Row) -> bool:
    """Tell whether a postcode is in the extract."""
    return row["postcode"].split()[0] in OUTCODES


def is_near(row: Row) -> bool:
    """Tell whether a practice is in the extract."""
    return row["postcode"].startswith(("NE1 ", "NE4 "))


def keep(target: Path, name: str, wanted: Callable[[Row], bool]) -> list[Row]:
    """Write the rows of a file that are wanted, and return them."""
    packed = name.endswith(".gz")
    text = gzip.decompress((DATA / name).read_bytes()) if packed else (DATA / name).read_bytes()
    reader = csv.DictReader(io.StringIO(text.decode()))
    kept = [row for row in reader if wanted(row)]
    write(target / name, kept)
    return kept


def write(path: Path, rows: list[Row]) -> None:
    """Write rows as CSV, packed when the name says so."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    text = out.getvalue().encode()
    path.write_bytes(gzip.compress(text, 1) if path.suffix == ".gz" else text)


def change(folder: Path, name: str, edit: Callable[[Row], Row], *, more: Sequence[Row] = ()) -> None:
    """Change each row of a file of an extract, and add some."""
    found = (folder / name).read_bytes()
    text = (gzip.decompress(found) if name.endswith(".gz") else found).decode()
    write(folder / name, [*(edit(row) for row in csv.DictReader(io.StringIO(text))), *more])


def some_of(extract: Path, target: Path, *names: str) -> Path:
    """Copy some files of an extract into a new folder and return it."""
    target.mkdir()
    for name in names:
        shutil.copy(extract / name, target / name)
    return target
