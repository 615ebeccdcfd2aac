"""The taxonomy of themes that ships with the service: 10 categories and 33 labels, version 7."""

import csv
from functools import cache
from pathlib import Path
from typing import NamedTuple

FILE = Path(__file__).parent.parent / "data" / "themes.csv"


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


@cache
def load_taxonomy() -> dict[str, Theme]:
    """Every theme by its code, categories first."""
    with FILE.open(encoding="utf-8-sig", newline="") as file:
        themes = [theme_of_row(row) for row in csv.DictReader(file)]
    return {theme.code: theme for theme in themes}


def theme_of_row(row: dict[str, str]) -> Theme:
    """The theme in one row of the file."""
    return Theme(
        code=row["theme_code"],
        level=int(row["level"]),
        parent=row["parent_code"] or None,
        name=row["name"],
        definition=row["definition"] or None,
        framework=row["framework"],
        mental_health_only=row["mental_health_only"] == "yes",
        source=row["source"],
    )


def check_theme(code: str) -> str:
    """Refuse a code that is not in the taxonomy."""
    if code not in load_taxonomy():
        raise ValueError("is not a theme of the taxonomy: see GET /v1/themes")
    return code
