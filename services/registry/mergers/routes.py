"""Declared mergers over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from services.registry.bodies.schemas import AsOf
from services.registry.ledger.acts import Act, Reasoned
from services.registry.mergers import correcting, domain, files, queries
from services.registry.mergers.models import Merger
from services.registry.mergers.schemas import (
    JSON_OR_CSV,
    BesideFile,
    MergerOut,
    MergerSummary,
    NewMerger,
    StateAsked,
)
from services.registry.stewards import Steward, must_be_operator
from shared.auth import ActorGiven, Anyone
from shared.clock import today
from shared.db import Session
from shared.errors import invalid
from shared.idempotency import Once
from shared.paging import Page, Paging, keyset, page
from shared.routing import Router
from shared.versions import IfMatch, etag

router = Router(prefix="/v1/mergers", tags=["successions"])


async def given(request: Request, beside: Annotated[BesideFile, Query()]) -> NewMerger:
    """Return the merger that a request declares, in JSON or as a file."""
    content, told = await request.body(), beside.model_dump(exclude_none=True)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() == "text/csv":
        return files.merger_of(content, **told)
    if told:
        raise invalid(f"/query/{next(iter(told))}", "This goes into the body; beside it only with text/csv.")
    try:
        return NewMerger.model_validate_json(content)
    except ValidationError as error:
        found = error.errors(include_input=False, include_context=False, include_url=False)
        raise RequestValidationError([{**each, "loc": ("body", *each["loc"])} for each in found]) from error


@router.post(
    "",
    status_code=201,
    openapi_extra=JSON_OR_CSV,
    responses={200: {"model": MergerOut, "description": "A dry run."}},
)
async def declare_merger(
    steward: Steward,
    actor: ActorGiven,
    new: Annotated[NewMerger, Depends(given)],
    session: Session,
    once: Once,
    response: Response,
) -> MergerOut:
    """Declare what is to become of boards on a day to come, as a fact for reading.

    For the operator's stewards. With `dry_run`: shows what would be opened, closed and linked, and every
    mistake at once; answers 200. What boards own moves only with `POST /v1/successions`.
    """
    await must_be_operator(session, steward)
    found = await domain.declare(session, new, Act.of(new, steward, actor))
    if new.dry_run:
        response.status_code = 200
    else:
        response.headers["Location"] = f"/v1/mergers/{found.id}"
        response.headers["ETag"] = etag(found.version)
    return once.keep(found)


@router.get("")
async def mergers(
    _: Anyone,
    session: Session,
    paging: Paging,
    request: Request,
    response: Response,
    state: StateAsked = None,
    as_of: AsOf = None,
) -> Page[MergerSummary]:
    """List declared mergers, the latest declared first, as they stood on a day."""
    day = as_of or today()
    found, cursor = await keyset(session, queries.mergers_on(day, state), paging, Merger.id.desc())
    return page(request, response, [domain.summary(each, day) for each in found], cursor)


@router.get("/{merger_id}")
async def merger(merger_id: UUID, _: Anyone, session: Session, response: Response) -> MergerOut:
    """Return a declared merger, with what it was before it was corrected."""
    found = await domain.one(session, merger_id)
    response.headers["ETag"] = etag(found.version)
    return found


@router.post("/{merger_id}/corrections")
async def correct_merger(
    merger_id: UUID,
    new: NewMerger,
    steward: Steward,
    actor: ActorGiven,
    version: IfMatch,
    session: Session,
    once: Once,
    response: Response,
) -> MergerOut:
    """Declare a merger anew before its day: another day, names, codes or shares; bodies keep their ids."""
    await must_be_operator(session, steward)
    found = await correcting.correct(session, merger_id, new, version, Act.of(new, steward, actor))
    response.headers["ETag"] = etag(found.version)
    return once.keep(found)


@router.post("/{merger_id}/withdrawal")
async def withdraw_merger(
    merger_id: UUID,
    why: Reasoned,
    steward: Steward,
    actor: ActorGiven,
    version: IfMatch,
    session: Session,
    once: Once,
    response: Response,
) -> MergerOut:
    """Take a merger back before its day: its predecessors are as they were, its new bodies will not be."""
    await must_be_operator(session, steward)
    found = await correcting.withdraw(session, merger_id, version, Act.of(why, steward, actor))
    response.headers["ETag"] = etag(found.version)
    return once.keep(found)
