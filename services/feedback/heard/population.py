"""Who lives in each footprint, by the codes in which people say who they are: figures of the census."""

import csv
import gzip
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from pathlib import Path

FILE = Path(__file__).parent.parent / "data" / "population.csv.gz"


@cache
def load_population() -> Mapping[str, Mapping[str, Mapping[str, int]]]:
    """Residents by the ODS code of a board of 2026, by question and by code."""
    found: defaultdict[str, defaultdict[str, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    with gzip.open(FILE, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found[row["ods"]][row["question"]][row["code"]] = int(row["residents"])
    return found
