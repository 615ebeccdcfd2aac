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
OF_ROW = tuple(SuggestionOut.model_fields.keys() - {"body", "like_others", "result"})


def result_of(suggestion: Suggestion) -> str | None:
    """Return where that which came of a suggestion is read."""
    return f"{RESULTS[suggestion.what]}/{suggestion.result_id}" if suggestion.result_id else None


async def told(session: AsyncSession, found: Sequence[Suggestion]) -> list[SuggestionOut]:
    """Return suggestions as stewards read them, in this order, each with how many others say the same."""
    bodies = await body_queries.bodies_on(session, {each.body_id for each in found}, View(today()))
    alike = await queries.alike(session, found)
    return [
        SuggestionOut(
            **{name: getattr(each, name) for name in OF_ROW},
            body=body_named(bodies[each.body_id]),
            like_others=others_like(each, alike),
            result=result_of(each),
        )
        for each in found
    ]


def others_like(suggestion: Suggestion, alike: dict[queries.Sameness, int]) -> int:
    """Return how many others that wait say what a suggestion says."""
    if suggestion.value is None:
        return 0
    count = alike.get((suggestion.body_id, suggestion.what, suggestion.value.lower()), 0)
    return count - 1 if suggestion.state == "waiting" else count
