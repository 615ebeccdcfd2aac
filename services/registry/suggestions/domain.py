"""Suggestions: anybody makes them, and only stewards see them until one of them accepts it."""

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
from services.registry.suggestions.models import Suggestion
from services.registry.suggestions.schemas import NewSuggestion, SuggestionMade, SuggestionOutcome
from services.registry.suggestions.views import result_path
from shared.auth import Caller
from shared.clock import now, today
from shared.errors import NotFound, TooMany
from shared.ids import new_id

# So that nobody can fill the disk, or a steward's day.
WAITING_MAX = 500
# After this time a suggestion without a decision lapses, and makes room for others.
LAPSES_AFTER = timedelta(days=180)
# What a suggestion said stays readable this long after the decision, for complaints about it.
FORGOTTEN_AFTER = timedelta(days=90)
WAITS = (
    "Thank you. A steward reads your suggestion before anybody else sees it. Keep the code: "
    "POST /v1/suggestions/lookup shows what became of it."
)
OUTCOMES = {
    "waiting": "No steward has decided yet.",
    "accepted": "A steward accepted it as you suggested it.",
    "corrected": "A steward accepted it with corrections.",
    "refused": "A steward refused it.",
    "lapsed": "No steward decided within 180 days, and we forgot what it said. You may suggest it again.",
}


class SuggestionUnknown(NotFound):
    """No suggestion has this code. Check its 12 letters."""


class SuggestionsFull(TooMany):
    """Too many suggestions about this body are waiting. Try again when its stewards have decided some."""

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "86400"})


async def make_suggestion(
    session: AsyncSession,
    ref: str,
    role: Role,
    new: NewSuggestion,
    codes: SuggestionCodes,
) -> SuggestionMade:
    """Keep what somebody suggests about a body; SuggestionsFull when too many wait."""
    body = await bodies.find_body(session, ref, View(today()), role)
    if await queries.count_waiting(session, body.id) >= WAITING_MAX:
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


async def outcome_by_code(session: AsyncSession, code: str, codes: SuggestionCodes) -> SuggestionOutcome:
    """What became of the suggestion with a code; SuggestionUnknown when there is none."""
    found = await queries.find_by_code_ref(session, codes.ref_of(code))
    if found is None:
        raise SuggestionUnknown
    return SuggestionOutcome.model_validate(
        {**vars(found), "result": result_path(found), "message": OUTCOMES[found.state]}
    )


async def select_for_steward(
    session: AsyncSession, steward: Caller, state: str | None = None, footprint: str | None = None
) -> Select[Suggestion]:
    """Select what a steward may see; Invalid when there is no such footprint."""
    body_id = await identify_footprint(session, footprint, View(today()), "/query/footprint")
    own = steward.organisation_id
    is_operator = not await is_known(session, own)
    return queries.select_suggestions(own, is_operator=is_operator, state=state, body_id=body_id)


async def find_for_steward(session: AsyncSession, suggestion_id: UUID, steward: Caller) -> Suggestion:
    """A suggestion that a steward may see; otherwise NotFound, as if there were none."""
    visible = await select_for_steward(session, steward)
    found: Suggestion | None = await session.scalar(visible.where(Suggestion.id == suggestion_id))
    if found is None:
        raise NotFound
    return found


async def forget_old(session: AsyncSession) -> int:
    """Forget what suggestions said that were made or decided long ago; how many there were."""
    lapsed = await queries.lapse_made_before(session, now() - LAPSES_AFTER)
    return lapsed + await queries.forget_decided_before(session, now() - FORGOTTEN_AFTER)
