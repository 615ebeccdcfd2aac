"""Shapes of what was asked before."""

from uuid import UUID

from pydantic import Field

from services.feedback.search.schemas import AnsweringPublicLoop
from shared.schemas import Answer, Moment

NOTICE = (
    "Numbers say where, stories say why: read both. Counts are rounded down month by month, so that nobody "
    "can be recognised: there may be more. What staff said is counted apart. "
    "The list of feedback has what is published."
)


class YearAsked(Answer):
    """How often people and staff said something in a year, at least."""

    year: int
    at_least: int = Field(description="Pieces of patients and public.")
    staff_at_least: int


class PlaceAsked(Answer):
    """What was said about a theme in one place."""

    footprint_id: UUID
    name: str
    years: list[YearAsked] = Field(
        description="As in `GET /v1/counts?by=theme`: sums of months that have settled. A year of which "
        "nothing can be shown is left out, which does not say that there was nothing."
    )
    published: dict[str, int] = Field(
        description="Published pieces with the theme by `kind`: in which way people said it."
    )
    last_published_at: Moment | None = Field(description="When the newest of these came.")
    is_whole: bool = Field(description="False where only the newest 10,000 pieces of the place were read.")


class AskedBefore(Answer):
    """What is known already about a theme in a place, before somebody asks again."""

    theme: str
    places: list[PlaceAsked] = Field(
        description="The place, what took it over, and what each of them took over: at most 8, newest first."
    )
    answered_by: list[AnsweringPublicLoop] = Field(
        description="The newest 20 public loops about published pieces with the theme: what was done."
    )
    notice: str = NOTICE
