"""Suggestions: anybody makes them, nobody sees them but stewards, until one of them takes it up."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies import domain as bodies
from services.registry.ledger.views import Role, View
from services.registry.organisations.domain import identify_footprint
from services.registry.stewards import is_known
from services.registry.suggestions import queries
from services.registry.suggestions.codes import SuggestionCodes
from services.registry.suggestions.errors import SuggestionsFull, SuggestionUnknown
from services.registry.suggestions.models import Suggestion
from services.registry.suggestions.schemas import NewSuggestion, SuggestionMade, WhatBecame
from services.registry.suggestions.telling import result_of
from shared.auth import Caller
from shared.clock import now, today
from shared.errors import NotFound
from shared.ids import new_id

# Nobody may fill the disk, nor a steward's day.
WAITING_MAX = 500
# What no steward decided on lapses: so what fills the places of a body does not keep them.
LAPSES_AFTER = timedelta(days=180)
# What somebody said stays readable for so long after the decision, for a complaint about it.
FORGOTTEN_AFTER = timedelta(days=90)
WAITS = (
    "Thank you. A steward looks at it before anybody else sees it. Keep the code: "
    "POST /v1/suggestions/lookup says what became of it."
)
BECAME = {
    "waiting": "It waits: no steward has decided yet.",
    "accepted": "It was taken up as you said it.",
    "corrected": "It was taken up, with corrections.",
    "refused": "It was not taken up.",
    "lapsed": "No steward decided in 180 days, and what it said is forgotten: you may suggest it again.",
}


async def suggest(
    session: AsyncSession,
    ref: str,
    role: Role,
    new: NewSuggestion,
    codes: SuggestionCodes,
) -> SuggestionMade:
    """Keep what somebody suggests about a body; SuggestionsFull when too many wait."""
    body = await bodies.find_body(session, ref, View(today()), role)
    if await queries.waiting_about(session, body.id) >= WAITING_MAX:
        raise SuggestionsFull
    suggestion_id = new_id()
    code = codes.code_of(suggestion_id)
    suggestion = Suggestion(
        id=suggestion_id,
        body_id=body.id,
        **new.model_dump(),
        code_ref=codes.ref_of(code),
        state="waiting",
        made_at=now(),
    )
    session.add(suggestion)
    await session.flush()
    return SuggestionMade(id=suggestion_id, code=code, state="waiting", message=WAITS)


async def look_up(session: AsyncSession, given: str, codes: SuggestionCodes) -> WhatBecame:
    """Return what became of the suggestion that a code is of; SuggestionUnknown when there is none."""
    found = await queries.with_ref(session, codes.ref_of(given))
    if found is None:
        raise SuggestionUnknown
    return WhatBecame(
        what=found.what,
        state=found.state,
        made_at=found.made_at,
        decided_at=found.decided_at,
        reason=found.reason,
        result=result_of(found),
        message=BECAME[found.state],
    )


async def for_steward(
    session: AsyncSession, steward: Caller, state: str | None = None, footprint: str | None = None
) -> Select[Suggestion]:
    """Return the statement that selects what a steward may see; Invalid when there is no such footprint."""
    everything = not await is_known(session, steward.organisation_id)
    body_id = await identify_footprint(session, footprint, View(today()), "/query/footprint")
    return queries.listed(steward.organisation_id, everything, state, body_id)


async def seen(session: AsyncSession, suggestion_id: UUID, steward: Caller) -> Suggestion:
    """Return a suggestion that a steward may see; NotFound, as if there were none, when it may not."""
    mine = await for_steward(session, steward)
    found: Suggestion | None = await session.scalar(mine.where(Suggestion.id == suggestion_id))
    if found is None:
        raise NotFound
    return found


async def forget(session: AsyncSession) -> int:
    """Forget what was said in suggestions that were decided on, or made, long ago; return of how many."""
    lapsed = await queries.let_lapse_made_before(session, now() - LAPSES_AFTER)
    return lapsed + await queries.forget_decided_before(session, now() - FORGOTTEN_AFTER)
