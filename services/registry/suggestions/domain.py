"""Suggestions: anybody makes them, and only stewards see them until one of them accepts it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies import domain as bodies
from services.registry.bodies.queries import bodies_on
from services.registry.bodies.schemas import body_named
from services.registry.ledger.views import Role, View
from services.registry.settings import Settings
from services.registry.stewards import is_operator
from services.registry.suggestions import queries, schemas
from services.registry.suggestions.models import Suggestion
from services.registry.suggestions.senders import must_have_place
from shared.auth import Caller
from shared.clock import now, today
from shared.codes import code_from, read_code, ref_of
from shared.errors import NotFound
from shared.ids import new_id
from shared.secrets import derive, key_of
from shared.state import state_of

# After this time a suggestion without a decision lapses, and makes room for others.
LAPSES_AFTER = timedelta(days=180)
# What a suggestion said stays readable this long after the decision, for complaints about it.
FORGOTTEN_AFTER = timedelta(days=90)
# As long as the gateway marks a network in the same way.
SENDER_FORGOTTEN_AFTER = timedelta(days=30)
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
RESULTS = {"leader": "/v1/appointments", "contact": "/v1/contacts"}


class SuggestionUnknown(NotFound):
    """No suggestion has this code. Check its 12 letters."""


async def key_of_codes(request: Request) -> bytes:
    """The key from which this service derives the codes of suggestions: a code is stored nowhere."""
    return derive(key_of(state_of(request, Settings).seal_key), "suggestion codes")


CodeKey = Annotated[bytes, Depends(key_of_codes)]


def code_of(key: bytes, suggestion_id: UUID) -> str:
    """The code of a suggestion, such as `4N06-WRTP-QT88`."""
    return code_from(int.from_bytes(derive(key, "code", suggestion_id.hex)[:8], "big"))


def hash_of(key: bytes, code: str) -> str:
    """The keyed hash that finds a code, however somebody typed it; Invalid when it is not a code."""
    return ref_of(derive(key, "ref"), read_code(code, "/code"))


async def make_suggestion(
    session: AsyncSession, ref: str, role: Role, new: schemas.NewSuggestion, key: bytes, sender: str
) -> schemas.SuggestionMade:
    """Keep what somebody suggests about a body, if it has a place for it."""
    body = await bodies.find_body(session, ref, View(today()), role)
    await must_have_place(session, body.id, sender)
    suggestion_id = new_id()
    code = code_of(key, suggestion_id)
    suggestion = Suggestion(
        id=suggestion_id,
        body_id=body.id,
        **new.model_dump(),
        code_ref=hash_of(key, code),
        sender=sender,
        state="waiting",
        made_at=now(),
    )
    session.add(suggestion)
    await session.flush()
    return schemas.SuggestionMade(id=suggestion_id, code=code, state="waiting", message=WAITS)


async def outcome_by_code(session: AsyncSession, code: str, key: bytes) -> schemas.SuggestionOutcome:
    """What became of the suggestion with a code; SuggestionUnknown when there is none."""
    found = await session.scalar(select(Suggestion).where(Suggestion.code_ref == hash_of(key, code)))
    if found is None:
        raise SuggestionUnknown
    beside = {"result": result_path(found), "message": OUTCOMES[found.state]}
    return schemas.SuggestionOutcome.model_validate(vars(found) | beside)


async def select_for_steward(
    session: AsyncSession, steward: Caller, state: str | None = None, footprint: str | None = None
) -> Select[Suggestion]:
    """Select what a steward may see; Invalid when there is no such footprint."""
    body_id = await bodies.identify_footprint(session, footprint, View(today()), "/query/footprint")
    return queries.select_suggestions(
        steward.organisation_id, sees_all=is_operator(steward), state=state, body_id=body_id
    )


async def find_for_steward(session: AsyncSession, suggestion_id: UUID, steward: Caller) -> Suggestion:
    """A suggestion that a steward may see; otherwise NotFound, as if there were none."""
    visible = await select_for_steward(session, steward)
    found: Suggestion | None = await session.scalar(visible.where(Suggestion.id == suggestion_id))
    if found is None:
        raise NotFound
    return found


async def forget_old(session: AsyncSession) -> int:
    """Forget who sent suggestions and what they said, when it was long ago; how many there were."""
    forgotten = await queries.forget_senders_before(session, now() - SENDER_FORGOTTEN_AFTER)
    forgotten += await queries.lapse_made_before(session, now() - LAPSES_AFTER)
    return forgotten + await queries.forget_decided_before(session, now() - FORGOTTEN_AFTER)


def result_path(suggestion: Suggestion) -> str | None:
    """Where to read the appointment or contact that came of a suggestion."""
    return f"{RESULTS[suggestion.what]}/{suggestion.result_id}" if suggestion.result_id else None


async def suggestion_views(
    session: AsyncSession, suggestions: Sequence[Suggestion]
) -> list[schemas.SuggestionOut]:
    """Suggestions for stewards, in the same order, each with the number of others that say the same."""
    about = await bodies_on(session, {each.body_id for each in suggestions}, View(today()))
    same = await queries.count_same(session, suggestions)
    of_senders = await queries.count_of_senders(session, suggestions)
    views = []
    for each in suggestions:
        like_others = same[queries.sameness_of(each)] - (each.state == "waiting") if each.value else 0
        of_sender = of_senders[each.body_id, each.sender] - (each.state == "waiting") if each.sender else 0
        beside = {
            "body": body_named(about[each.body_id]),
            "result": result_path(each),
            "like_others": like_others,
            "of_same_sender": of_sender,
        }
        views.append(schemas.SuggestionOut.model_validate({**vars(each), **beside}))
    return views
