"""What was told lately: an answer is kept by what it depends on, never by the place that was asked about."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Any

ANSWERS_MAX = 2_000


class Kept:
    """Answers by revision, day and shares; the one that nobody asked for longest goes first."""

    def __init__(self, most: int = ANSWERS_MAX) -> None:
        self.most = most
        self.answers: OrderedDict[Hashable, dict[str, Any]] = OrderedDict()

    def get(self, key: Hashable) -> dict[str, Any] | None:
        """Return the answer that is kept under a key."""
        if found := self.answers.get(key):
            self.answers.move_to_end(key)
        return found

    def keep(self, key: Hashable, answer: dict[str, Any]) -> dict[str, Any]:
        """Keep an answer and return it."""
        self.answers[key] = answer
        self.answers.move_to_end(key)
        if len(self.answers) > self.most:
            self.answers.popitem(last=False)
        return answer
