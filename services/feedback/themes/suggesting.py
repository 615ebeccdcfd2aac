"""Suggests themes for a comment from the weights that ship, in whole numbers and without a library.

The weights of all labels for one bucket stand side by side in one large whole number, 32 bits each. So one
product and one sum weigh a feature for every label at once.
"""

import gzip
import json
import math
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel

from services.feedback.themes.features import BLOCKS, BUCKETS, features_of

FILE = Path(__file__).parent.parent / "data" / "theme_model.bin.gz"
LANE_BYTES = 4
MIDDLE = 128
HEAD_BYTES_MAX = 16_384


class Head(BaseModel):
    """What stands before the weights: for each label its code, its limit, and how its weights are scaled."""

    version: str
    edition: str
    labels: list[str]
    limits: list[float]
    scales: list[float]
    start: list[float]


class Suggestion(NamedTuple):
    """A theme that the model suggests, and how far its score is above the label's limit."""

    code: str
    score: float


class ThemeModel(NamedTuple):
    """The weights: a byte of rarity for each bucket, and a row of lanes."""

    head: Head
    rarity: bytes
    rows: bytearray

    @property
    def row_bytes(self) -> int:
        """The length of the lanes of one bucket."""
        return LANE_BYTES * len(self.head.labels)

    def suggest(self, text: str, question: str | None = None, rating: int | None = None) -> list[Suggestion]:
        """The themes whose score reaches their limit, the surest first."""
        head, totals = self.head, self.weigh(features_of(text, question, rating))
        scores = (
            start + scale * total - limit
            for start, scale, total, limit in zip(head.start, head.scales, totals, head.limits, strict=True)
        )
        found = [
            Suggestion(code, round(score, 3))
            for code, score in zip(head.labels, scores, strict=True)
            if score > 0
        ]
        return sorted(found, key=lambda each: -each.score)

    def weigh(self, features: Iterable[frozenset[int]]) -> list[float]:
        """The weighted sum of the features for each label, before it is scaled."""
        totals = [0.0] * len(self.head.labels)
        for block, buckets in zip(BLOCKS, features, strict=True):
            known = [(bucket, rare) for bucket in buckets if (rare := self.rarity[bucket])]
            if length := math.sqrt(sum(rare * rare for _, rare in known)):
                middle, share = MIDDLE * sum(rare for _, rare in known), block.weight / length
                lanes = self.sum_rows(known)
                totals = [total + share * (lane - middle) for total, lane in zip(totals, lanes, strict=True)]
        return totals

    def sum_rows(self, known: Iterable[tuple[int, int]]) -> list[int]:
        """The sum of the rows of these buckets, each as often as it is rare."""
        size, rows, read = self.row_bytes, self.rows, int.from_bytes
        total = sum(
            rare * read(rows[bucket * size : bucket * size + size], "little") for bucket, rare in known
        )
        lanes = memoryview(total.to_bytes(size, "little")).cast("I")
        return lanes.tolist()


@cache
def load_model() -> ThemeModel:
    """The model that ships, read once by each process."""
    return read_model(FILE.read_bytes())


def read_model(content: bytes) -> ThemeModel:
    """The model in a file: its head in one line, then rarities, then weights of a byte each."""
    unpacked = memoryview(gzip.decompress(content))
    start = bytes(unpacked[:HEAD_BYTES_MAX]).index(b"\n") + 1
    head = Head.model_validate_json(bytes(unpacked[:start]))
    packed = unpacked[start + BUCKETS :]
    # Never copied: a second one of these would double what the process needs while it reads.
    rows = bytearray(LANE_BYTES * len(packed))
    rows[::LANE_BYTES] = packed
    return ThemeModel(head, bytes(unpacked[start : start + BUCKETS]), rows)


def write_model(head: Head, rarity: bytes, packed: bytes) -> bytes:
    """The file of a model; the same model gives the same file."""
    line = json.dumps(head.model_dump(), separators=(",", ":")).encode()
    return gzip.compress(line + b"\n" + rarity + packed, mtime=0)
