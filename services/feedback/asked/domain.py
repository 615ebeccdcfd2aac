"""What is known already: how often a theme was said in a place, when, in which way, and what was done."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.asked.queries import READ_MAX, FoundBefore, find_before
from services.feedback.asked.schemas import AskedBefore, PlaceAsked, YearAsked
from services.feedback.search.schemas import AnsweringPublicLoop


async def asked_before(session: AsyncSession, along: Sequence[UUID], theme: str) -> AskedBefore:
    """What everybody may know about a theme in a place and in those around its mergers."""
    found = await find_before(session, along, theme)
    return AskedBefore(
        theme=theme,
        places=[place_asked(place, found) for place in found.places],
        answered_by=[AnsweringPublicLoop.model_validate(dict(loop)) for loop in found.loops],
    )


def place_asked(place: RowMapping, found: FoundBefore) -> PlaceAsked:
    """What was said in one place."""
    years = [each for each in found.years if each["body_id"] == place["id"]]
    published = [each for each in found.published if each["body_id"] == place["id"]]
    return PlaceAsked(
        footprint_id=place["id"],
        name=place["name"],
        years=[YearAsked.model_validate(dict(each)) for each in years],
        published={each["kind"]: each["pieces"] for each in published if each["pieces"]},
        last_published_at=max((each["last_at"] for each in published if each["last_at"]), default=None),
        is_whole=sum(each["read"] for each in published) < READ_MAX,
    )
