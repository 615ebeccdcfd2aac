"""What was told lately: an answer is kept by what it depends on, never by the place that was asked about."""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import orjson

ANSWERS_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Told:
    """An answer as JSON, and apart from it what depends on the place itself."""

    matched_by: dict[str, Any]
    areas: list[dict[str, Any]]
    rest: bytes

    @classmethod
    def of(cls, answer: dict[str, Any]) -> "Told":
        """Return an answer as it is kept."""
        return cls(answer.pop("matched_by"), answer.pop("areas"), orjson.dumps(answer))

    def with_place(self, matched_by: dict[str, Any], areas: list[dict[str, Any]]) -> bytes:
        """Return the whole answer for a place: how it was found, and areas besides those that are kept."""
        own = {"matched_by": self.matched_by | matched_by, "areas": areas + self.areas}
        return self.rest[:-1] + b"," + orjson.dumps(own)[1:]


class Kept:
    """Answers by revision, day and shares; the one that nobody asked for longest goes first."""

    def __init__(self, most: int = ANSWERS_MAX) -> None:
        self.most = most
        self.answers: OrderedDict[Hashable, Told] = OrderedDict()

    def get(self, key: Hashable) -> Told | None:
        """Return the answer that is kept under a key."""
        if found := self.answers.get(key):
            self.answers.move_to_end(key)
        return found

    def keep(self, key: Hashable, answer: Told) -> Told:
        """Keep an answer and return it."""
        self.answers[key] = answer
        self.answers.move_to_end(key)
        if len(self.answers) > self.most:
            self.answers.popitem(last=False)
        return answer
