"""How it is told how much is known of footprints, and what to ask for."""

from datetime import date
from typing import Literal

from pydantic import Field

from services.registry.bodies.schemas import BodyNamed
from shared.paging import Page
from shared.schemas import Answer

State = Literal["fresh", "ageing", "known", "doubtful", "stale", "missing"]


class ItemState(Answer):
    """How well one thing is known of a footprint."""

    item: str
    weight: int
    state: State = Field(
        description="`known` of what has no age; `doubtful` when words sent there came back to several."
    )
    last_known_on: date | None


class Asked(Answer):
    """Something to ask for: whoever knows it may suggest it."""

    what: str
    why: str
    last_known: str | None = Field(description="What was known last: history, most likely no longer true.")
    last_known_on: date | None
    suggest_at: str
    suggest: dict[str, str] = Field(description="What to send there, with the `value`.")


class Completeness(Answer):
    """How much is known of a footprint."""

    footprint: BodyNamed
    score: float = Field(description="From 0 to 1, by the weights of the items.")
    items: list[ItemState]


class CompletenessDetail(Completeness):
    """How much is known of a footprint on a day, and what to ask for."""

    as_of: date
    ask_for: list[Asked]


class ItemCount(Answer):
    """Of how many footprints one thing is known, and how well."""

    item: str
    weight: int
    have: int = Field(description="Of how many it is fresh, ageing, or known.")
    share: float
    states: dict[State, int]


class CompletenessPage(Page[Completeness]):
    """How much is known of all open footprints, and of each on this page."""

    as_of: date
    footprints: int
    score: float = Field(description="The mean of all of them.")
    by_item: list[ItemCount]
