"""Suggestions as stewards read them."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies import queries as body_queries
from services.registry.bodies.schemas import body_named
from services.registry.ledger.views import View
from services.registry.suggestions import queries
from services.registry.suggestions.models import Suggestion
from services.registry.suggestions.schemas import SuggestionOut
from shared.clock import today

RESULTS = {"leader": "/v1/appointments", "contact": "/v1/contacts"}


def result_path(suggestion: Suggestion) -> str | None:
    """Where to read the appointment or contact that came of a suggestion."""
    return f"{RESULTS[suggestion.what]}/{suggestion.result_id}" if suggestion.result_id else None


async def suggestion_views(session: AsyncSession, suggestions: Sequence[Suggestion]) -> list[SuggestionOut]:
    """Suggestions for stewards, in the same order, each with the number of others that say the same."""
    bodies = await body_queries.bodies_on(session, {each.body_id for each in suggestions}, View(today()))
    same = await queries.count_same(session, suggestions)
    return [
        SuggestionOut.model_validate(
            {
                **vars(each),
                "body": body_named(bodies[each.body_id]),
                "like_others": same[queries.sameness_of(each)] - (each.state == "waiting")
                if each.value
                else 0,
                "result": result_path(each),
            }
        )
        for each in suggestions
    ]
