"""Which files belong together."""

from collections.abc import Callable
from pathlib import Path

import pytest

from services.registry.imports.files import BadFile
from services.registry.imports.footprints import FILES
from services.registry.imports.sources import ALL_BODIES, KNOWN, files_in, gather_claims, strangers_in
from tests.registry.extract import DATA

Folder = Callable[..., Path]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Return what makes a folder with empty files of these names."""

    def make(*names: str) -> Path:
        for name in names:
            (tmp_path / name).touch()
        return tmp_path

    return make


def test_every_file_that_ships_is_known_and_read() -> None:
    assert files_in(DATA) == set(KNOWN)
    assert files_in(DATA) >= ALL_BODIES
    assert strangers_in(DATA) == []


def test_a_folder_may_hold_some_of_the_files(folder: Folder) -> None:
    assert files_in(folder("la_icb.csv", "notes.txt")) == {"la_icb.csv"}


def test_what_no_import_knows_is_named(folder: Folder) -> None:
    assert strangers_in(folder("la_icb.csv", "organisation.csv", "notes.txt", "x.csv.gz")) == [
        "organisation.csv",
        "x.csv.gz",
    ]


def test_a_folder_without_any_of_the_files_is_refused(folder: Folder) -> None:
    with pytest.raises(BadFile, match=r"none of the files that an import knows is here: footprints_2016"):
        files_in(folder("notes.csv"))


@pytest.mark.parametrize(
    ("name", "missing"),
    [
        ("icb_2026.csv", "footprints_2016.csv, icb_2023.csv"),
        (
            "lsoa_lookup.csv.gz",
            "outcode_lookup.csv, postcode_sector_lookup.csv.gz, lsoa11_ccg21.csv.gz, lsoa11_lsoa21.csv.gz",
        ),
    ],
)
def test_files_that_make_sense_together_only_are_asked_for(folder: Folder, name: str, missing: str) -> None:
    with pytest.raises(BadFile, match=rf"^{name}: this file needs others beside it: {missing}"):
        files_in(folder(name))


def test_only_what_is_there_is_read(tmp_path: Path) -> None:
    for name in FILES:
        (tmp_path / name).write_bytes((DATA / name).read_bytes())
    assert {body.kind for body in gather_claims(tmp_path).bodies.values()} == {"stp", "icb"}
