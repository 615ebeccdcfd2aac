"""Suggestions: made by anybody, looked up by their code, decided by stewards."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Request, Response

from services.registry.bodies.schemas import Ref
from services.registry.stewards import Steward
from services.registry.suggestions import deciding, domain
from services.registry.suggestions.codes import Codes
from services.registry.suggestions.models import Suggestion
from services.registry.suggestions.schemas import (
    Acceptance,
    CodeGiven,
    Decided,
    NewSuggestion,
    OfFootprint,
    OfState,
    Refusal,
    SuggestionMade,
    SuggestionOut,
    WhatBecame,
)
from services.registry.suggestions.telling import told
from shared.auth import ActorGiven, Anyone
from shared.db import Session
from shared.idempotency import Once
from shared.paging import Page, Paging, keyset, page
from shared.routing import Router
from shared.versions import IfMatch, etag

router = Router(prefix="/v1", tags=["suggestions"])
ById = Annotated[UUID, Path(description="The id of the suggestion.")]
# What is suggested may name somebody, and is forgotten later: nobody is to keep it for other readers.
NOT_KEPT = "no-store"


@router.post("/footprints/{ref}/suggestions", status_code=201)
async def suggest_about_footprint(
    ref: Ref, new: NewSuggestion, _: Anyone, session: Session, codes: Codes, once: Once
) -> SuggestionMade:
    """Suggest what is not known of a footprint, or is wrong: a steward looks at it before anybody sees it."""
    return once.keep(await domain.suggest(session, ref, "footprint", new, codes))


@router.post("/organisations/{ref}/suggestions", status_code=201)
async def suggest_about_organisation(
    ref: Ref, new: NewSuggestion, _: Anyone, session: Session, codes: Codes, once: Once
) -> SuggestionMade:
    """Suggest what is not known of an organisation, or is wrong."""
    return once.keep(await domain.suggest(session, ref, "organisation", new, codes))


@router.post("/suggestions/lookup")
async def look_up_suggestion(given: CodeGiven, _: Anyone, session: Session, codes: Codes) -> WhatBecame:
    """Return what became of a suggestion, by its code alone; never what it said."""
    return await domain.look_up(session, given.code, codes)


@router.get("/suggestions")
async def suggestions(
    steward: Steward,
    session: Session,
    paging: Paging,
    request: Request,
    response: Response,
    state: OfState = None,
    footprint: OfFootprint = None,
) -> Page[SuggestionOut]:
    """List suggestions, the oldest first; a body's stewards see those about it and what belongs to it."""
    response.headers["Cache-Control"] = NOT_KEPT
    selected = await domain.for_steward(session, steward, state, footprint)
    found, cursor = await keyset(session, selected, paging, Suggestion.id)
    return page(request, response, await told(session, found), cursor)


@router.get("/suggestions/{suggestion_id}")
async def suggestion(
    suggestion_id: ById, steward: Steward, session: Session, response: Response
) -> SuggestionOut:
    """Return one suggestion."""
    (found,) = await told(session, [await domain.seen(session, suggestion_id, steward)])
    response.headers["ETag"] = etag(found.version)
    response.headers["Cache-Control"] = NOT_KEPT
    return found


@router.post("/suggestions/{suggestion_id}/acceptance")
async def accept_suggestion(
    suggestion_id: ById,
    given: Acceptance,
    steward: Steward,
    actor: ActorGiven,
    version: IfMatch,
    session: Session,
    once: Once,
    response: Response,
) -> Decided:
    """Take a suggestion up: what it says of a leader or a contact becomes public with this."""
    found = await deciding.accept(session, suggestion_id, given, (steward, actor), version)
    response.headers["ETag"] = etag(found.version)
    return once.keep(found)


@router.post("/suggestions/{suggestion_id}/refusal")
async def refuse_suggestion(
    suggestion_id: ById,
    given: Refusal,
    steward: Steward,
    actor: ActorGiven,
    version: IfMatch,
    session: Session,
    once: Once,
    response: Response,
) -> Decided:
    """Refuse a suggestion, with a reason that whoever has its code reads."""
    found = await deciding.refuse(session, suggestion_id, given, (steward, actor), version)
    response.headers["ETag"] = etag(found.version)
    return once.keep(found)
