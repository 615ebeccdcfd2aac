"""Which places and bodies are asked for: taken from the data that the registry ships."""

import csv
import gzip
import random
from pathlib import Path

DATA = Path(__file__).parents[2] / "services" / "registry" / "data"


def postcodes(chance: random.Random, count: int) -> list[str]:
    """A few postcodes from anywhere in England."""
    with gzip.open(DATA / "postcode_lookup.csv.gz", "rt", encoding="utf-8") as file:
        return chance.sample([row["postcode"] for row in csv.DictReader(file)], count)


def column(name: str, field: str) -> list[str]:
    """A column of a file."""
    with (DATA / name).open(encoding="utf-8") as file:
        return [row[field] for row in csv.DictReader(file)]


def boards() -> list[str]:
    """The ODS codes of the boards of today, which have the longest histories."""
    return column("icb_2026.csv", "ods_code")
