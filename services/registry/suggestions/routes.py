"""Suggestions: made by anybody, looked up by their code, decided by stewards."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Response

from services.registry.appointments.rules import UNSOUND, RoleHeld
from services.registry.bodies.errors import NotOpenYet
from services.registry.bodies.schemas import Ref
from services.registry.contacts.domain import ContactKnown, SourceRequired
from services.registry.ledger.views import Role
from services.registry.stewards import Steward, StewardChange, StewardEdit
from services.registry.suggestions import deciding, domain, schemas, senders, sweeps
from services.registry.suggestions.models import Suggestion
from services.registry.suggestions.schemas import DecidedSuggestion, SuggestionOut
from shared.auth import Anyone
from shared.change_request import OpenRequest
from shared.db import Session
from shared.errors import NotFound
from shared.paging import Page, Paging, keyset
from shared.routing import Router
from shared.schemas import BodyRef
from shared.versions import etag

router = Router(prefix="/v1", tags=["suggestions"])
ById = Annotated[UUID, Path(description="The id of the suggestion.")]
DECISION = (NotFound, deciding.AlreadyDecided)
# What can be wrong with the appointment or the contact that a suggestion becomes.
ACCEPTANCE = (deciding.NotAsSuggested, SourceRequired, ContactKnown, *UNSOUND, RoleHeld)
# A suggestion may name somebody, and is forgotten later: nobody may store it for other readers.
NOT_STORED = {"Cache-Control": "no-store"}


def add_suggestions(role: Role) -> None:
    """Register suggesting something about the bodies of a role."""

    @router.post(
        f"/{role}s/{{ref}}/suggestions",
        name=f"suggest_about_{role}",
        status_code=201,
        problems=(NotFound, NotOpenYet, senders.SuggestionsFull, senders.EnoughWaiting),
    )
    async def suggest_about_body(
        ref: Ref,
        new: schemas.NewSuggestion,
        key: domain.CodeKey,
        sender: senders.Sender,
        change: OpenRequest,
    ) -> schemas.SuggestionMade:
        """Suggest what is missing or wrong about a body. A steward reads it before anybody else does."""
        return change.keep(await domain.make_suggestion(change.session, ref, role, new, key, sender))


add_suggestions("footprint")
add_suggestions("organisation")


@router.post("/suggestions/lookup", problems=(domain.SuggestionUnknown,), only_reads=True)
async def look_up_suggestion(
    given: schemas.SuggestionCode, _: Anyone, session: Session, key: domain.CodeKey
) -> schemas.SuggestionOutcome:
    """Find what became of a suggestion by its code. The answer never repeats what it said."""
    return await domain.outcome_by_code(session, given.code, key)


@router.get("/suggestions")
async def list_suggestions(
    steward: Steward,
    session: Session,
    paging: Paging,
    response: Response,
    state: Annotated[schemas.State | None, Query(description="Only those in this state.")] = None,
    footprint: Annotated[BodyRef | None, Query(description="Only those about this footprint.")] = None,
) -> Page[SuggestionOut]:
    """List suggestions, the oldest first. A body's stewards see those about it and what belongs to it."""
    response.headers.update(NOT_STORED)
    selected = await domain.select_for_steward(session, steward, state, footprint)
    found, cursor = await keyset(session, selected, paging, Suggestion.id)
    return paging.answer(await domain.suggestion_views(session, found), cursor)


@router.get("/suggestions/{suggestion_id}", problems=(NotFound,))
async def read_suggestion(
    suggestion_id: ById, steward: Steward, session: Session, response: Response
) -> SuggestionOut:
    """Read one suggestion."""
    found = await domain.find_for_steward(session, suggestion_id, steward)
    [view] = await domain.suggestion_views(session, [found])
    response.headers.update(NOT_STORED | {"ETag": etag(view.version)})
    return view


@router.post("/suggestions/{suggestion_id}/acceptance", problems=(*DECISION, *ACCEPTANCE))
async def accept_suggestion(
    suggestion_id: ById, given: schemas.Acceptance, change: StewardEdit
) -> DecidedSuggestion:
    """Accept a suggestion. What it says about a leader or a contact becomes public."""
    decided = await deciding.accept_suggestion(change, suggestion_id, given)
    return change.keep(decided, version=decided.version)


@router.post("/suggestions/{suggestion_id}/refusal", problems=DECISION)
async def refuse_suggestion(
    suggestion_id: ById, given: schemas.Refusal, change: StewardEdit
) -> DecidedSuggestion:
    """Refuse a suggestion, with a reason that anybody with its code can read."""
    decided = await deciding.refuse_suggestion(change, suggestion_id, given)
    return change.keep(decided, version=decided.version)


@router.post("/suggestions/sweeps")
async def sweep_suggestions(new: schemas.NewSweep, change: StewardChange) -> schemas.SweepOut:
    """Refuse many waiting suggestions in one step. With `dry_run` it shows how many, and changes nothing."""
    return change.keep(await sweeps.sweep_suggestions(change, new))


@router.post("/suggestions/sweeps/{sweep_id}/withdrawal", problems=(sweeps.NothingSwept,))
async def withdraw_sweep(
    sweep_id: Annotated[UUID, Path(description="The id of the sweep.")], change: StewardChange
) -> schemas.SweepOut:
    """Take a sweep back: what it refused waits again."""
    return change.keep(await sweeps.withdraw_sweep(change, sweep_id))
