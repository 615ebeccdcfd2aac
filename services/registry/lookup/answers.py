"""Answers that are kept for a while, by what they depend on and never by the place of the request."""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Annotated

import orjson
from fastapi import Depends

from shared.state import depends_on

ANSWERS_MAX = 1_000
Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """An answer as JSON, and beside it the parts that depend on the place itself."""

    matched_by: Json
    areas: list[Json]
    rest: bytes

    @classmethod
    def of(cls, matched_by: Json, areas: list[Json], **rest: object) -> "KeptAnswer":
        """The answer with these fields."""
        return cls(matched_by, areas, orjson.dumps(rest))

    def with_place(self, matched_by: Json, areas: list[Json]) -> bytes:
        """The whole answer for a place: how it was found, and its own areas before the others."""
        own = {"matched_by": self.matched_by | matched_by, "areas": areas + self.areas}
        return self.rest[:-1] + b"," + orjson.dumps(own)[1:]


class AnswerCache:
    """Answers by revision, day and shares. The one that was used least recently goes first."""

    def __init__(self, size: int = ANSWERS_MAX) -> None:
        self.size = size
        self.answers: OrderedDict[Hashable, KeptAnswer] = OrderedDict()

    def get(self, key: Hashable) -> KeptAnswer | None:
        """The answer under a key, if there is one."""
        if answer := self.answers.get(key):
            self.answers.move_to_end(key)
        return answer

    def keep(self, key: Hashable, answer: KeptAnswer) -> KeptAnswer:
        """Keep an answer, and hand it back."""
        self.answers[key] = answer
        self.answers.move_to_end(key)
        if len(self.answers) > self.size:
            self.answers.popitem(last=False)
        return answer


Answers = Annotated[AnswerCache, Depends(depends_on(AnswerCache))]
