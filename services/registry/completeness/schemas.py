"""How much is known about footprints, and what to ask for."""

from datetime import date
from typing import Literal

from pydantic import Field

from services.registry.bodies.schemas import BodyNamed
from shared.paging import Page
from shared.schemas import Answer

State = Literal["fresh", "ageing", "known", "doubtful", "stale", "missing"]


class ItemState(Answer):
    """How well one item of a footprint is known."""

    item: str
    weight: int
    state: State = Field(
        description="`known`: it does not age; `doubtful`: messages bounced for several organisations."
    )
    last_known_on: date | None


class MissingItem(Answer):
    """Something to ask for. Anybody who knows it may suggest it."""

    what: str
    why: str
    last_known: str | None = Field(description="What was known last. It is probably no longer true.")
    last_known_on: date | None
    suggest_at: str
    suggest: dict[str, str] = Field(description="What to send there, together with the `value`.")


class Completeness(Answer):
    """How much is known about a footprint."""

    footprint: BodyNamed
    score: float = Field(description="From 0 to 1, by the weights of the items.")
    items: list[ItemState]


class CompletenessDetail(Completeness):
    """How much is known about a footprint on a day, and what to ask for."""

    as_of: date
    ask_for: list[MissingItem]


class ItemCount(Answer):
    """For how many footprints one item is known, and how well."""

    item: str
    weight: int
    have: int = Field(description="For how many it is fresh, ageing or known.")
    share: float
    states: dict[State, int]


class CompletenessPage(Page[Completeness]):
    """How much is known about all open footprints, and about each on this page."""

    as_of: date
    footprints: int
    score: float = Field(description="The mean of all open footprints.")
    by_item: list[ItemCount]
