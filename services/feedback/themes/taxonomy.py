"""The taxonomy of themes that ships with the service, in each version, and how earlier labels read today."""

import csv
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

DATA = Path(__file__).parent.parent / "data"
Version = Literal["v6", "v7"]
TODAY: Version = "v7"
FILE = DATA / "themes.csv"
# The labels of version 6 with their code of today: the crosswalk.
CROSSWALK = DATA / "theme_labels_v6.csv"


class Crossing(NamedTuple):
    """What a theme is called in another version, and how that was decided."""

    version: Version
    code: str
    mapping: str


class Theme(NamedTuple):
    """A category or a label of the taxonomy."""

    code: str
    level: int
    parent: str | None
    name: str
    definition: str | None
    framework: str
    mental_health_only: bool
    source: str
    version: Version
    crosswalk: tuple[Crossing, ...]


def read_rows_of(path: Path) -> list[dict[str, str]]:
    """The rows of a file of the taxonomy."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@cache
def load_taxonomy(version: Version = TODAY) -> dict[str, Theme]:
    """Every theme of a version by its code, categories first."""
    found = labels_of_v6() if version == "v6" else themes_of_today()
    return {theme.code: theme for theme in found}


def themes_of_today() -> Iterator[Theme]:
    """The themes in the file of today's version."""
    earlier = read_rows_of(CROSSWALK)
    for row in read_rows_of(FILE):
        code = row["theme_code"]
        yield Theme(
            code=code,
            level=int(row["level"]),
            parent=row["parent_code"] or None,
            name=row["name"],
            definition=row["definition"] or None,
            framework=row["framework"],
            mental_health_only=row["mental_health_only"] == "yes",
            source=row["source"],
            version=TODAY,
            crosswalk=tuple(
                Crossing("v6", each["label_code"], each["mapping"])
                for each in earlier
                if each["theme_v7_code"] == code
            ),
        )


def labels_of_v6() -> Iterator[Theme]:
    """The labels of version 6: their file has no categories and no definitions."""
    for row in read_rows_of(CROSSWALK):
        today = row["theme_v7_code"]
        yield Theme(
            code=row["label_code"],
            level=2,
            parent=None,
            name=row["name"],
            definition=None,
            framework=row["framework"],
            mental_health_only=False,
            source="The-Strategy-Unit/PatientExperience-QDC (pxtextmining v6 labels)",
            version="v6",
            crosswalk=(Crossing(TODAY, today, row["mapping"]),) if today else (),
        )


def code_of_today(version: Version, code: str) -> str | None:
    """The code of today for a theme of a version; None if today's version has none."""
    if version == TODAY:
        return code
    crosswalk = load_taxonomy(version)[code].crosswalk
    return crosswalk[0].code if crosswalk else None


def check_theme_of_today(code: str) -> str:
    """Refuse a code that today's taxonomy lacks."""
    return check_theme(code)


def check_theme(code: str, version: Version = TODAY) -> str:
    """Refuse a code that a version of the taxonomy lacks."""
    if code not in load_taxonomy(version):
        raise ValueError(f"is not a theme of version {version} of the taxonomy: see GET /v1/themes")
    return code
