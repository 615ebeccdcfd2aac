"""Declared mergers over HTTP, and applying their successions."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from services.registry.bodies.errors import CodeTaken
from services.registry.bodies.schemas import AsOf
from services.registry.ledger.acts import Act, ChangedMeanwhile, Reasoned
from services.registry.mergers import domain, errors, queries, schemas, successions
from services.registry.mergers.files import read_merger_file
from services.registry.mergers.models import Merger
from services.registry.mergers.schemas import MergerOut, NewMerger
from services.registry.stewards import OperatorChange, OperatorEdit
from shared.auth import Anyone
from shared.clock import today
from shared.db import Session
from shared.errors import MalformedJson, NotFound, invalid
from shared.paging import Page, Paging, keyset
from shared.routing import Router
from shared.versions import etag

router = Router(prefix="/v1", tags=["successions"])
ById = Annotated[UUID, Path(description="The id of the merger.")]
MISTAKES = (
    CodeTaken,
    ChangedMeanwhile,
    errors.BothSides,
    errors.LinkTwice,
    errors.MergerNotInFuture,
    errors.PredecessorClosed,
    errors.SharesWrong,
    errors.SuccessorUnused,
    errors.UnknownPredecessor,
    errors.UnknownRegion,
    errors.UnknownSuccessor,
)
TOO_LATE = (NotFound, errors.MergerInForce, errors.MergerWithdrawn)


async def read_declaration(request: Request, beside: Annotated[schemas.BesideFile, Query()]) -> NewMerger:
    """The merger that a request declares, in JSON or as a file."""
    content, query = await request.body(), beside.model_dump(exclude_none=True)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() == "text/csv":
        return read_merger_file(content, **query)
    if query:
        raise invalid(
            f"/query/{next(iter(query))}", "Put this into the body; the query is for text/csv only."
        )
    try:
        return NewMerger.model_validate_json(content)
    except ValidationError as error:
        found = error.errors(include_input=False, include_context=False, include_url=False)
        raise RequestValidationError([{**each, "loc": ("body", *each["loc"])} for each in found]) from error


@router.post(
    "/mergers",
    status_code=201,
    openapi_extra=schemas.JSON_OR_CSV,
    responses={200: {"model": MergerOut, "description": "A dry run."}},
    problems=(*MISTAKES, MalformedJson),
)
async def declare_merger(
    # The change first: nobody without a key learns what is wrong with a body.
    change: OperatorChange,
    new: Annotated[NewMerger, Depends(read_declaration)],
) -> MergerOut:
    """Declare what is to become of boards on a day to come, as a fact for reading.

    For the operator's stewards. With `dry_run` it answers 200 and shows what would open, close and be linked,
    with every mistake. What boards own moves only with `POST /v1/successions`.
    """
    merger = await domain.declare(change.session, new, Act.of(new, change.caller, change.actor))
    if new.dry_run:
        change.response.status_code = 200
        return change.keep(merger)
    return change.keep(merger, location=f"/v1/mergers/{merger.id}", version=merger.version)


@router.get("/mergers")
async def list_mergers(
    _: Anyone, session: Session, paging: Paging, state: schemas.StateInQuery = None, as_of: AsOf = None
) -> Page[schemas.MergerSummary]:
    """List declared mergers as they stood on a day, the latest declared first."""
    day = as_of or today()
    found, cursor = await keyset(session, queries.mergers_on(day, state), paging, Merger.id.desc())
    return paging.answer([domain.merger_summary(each, day) for each in found], cursor)


@router.get("/mergers/{merger_id}", problems=(NotFound,))
async def read_merger(merger_id: ById, _: Anyone, session: Session, response: Response) -> MergerOut:
    """Read a declared merger, with what it said before each correction."""
    found = await domain.merger_view(session, await domain.find_merger(session, merger_id))
    response.headers["ETag"] = etag(found.version)
    return found


@router.post("/mergers/{merger_id}/corrections", problems=(*MISTAKES, *TOO_LATE))
async def correct_merger(merger_id: ById, new: NewMerger, change: OperatorEdit) -> MergerOut:
    """Declare a merger anew before its day: another day, names, codes or shares; bodies keep their ids."""
    act = Act.of(new, change.caller, change.actor)
    found = await domain.correct(change.session, merger_id, new, change.version, act)
    return change.keep(found, version=found.version)


@router.post("/mergers/{merger_id}/withdrawal", problems=(*TOO_LATE, ChangedMeanwhile))
async def withdraw_merger(merger_id: ById, why: Reasoned, change: OperatorEdit) -> MergerOut:
    """Take a merger back before its day: its predecessors are as they were, its new bodies never open."""
    act = Act.of(why, change.caller, change.actor)
    found = await domain.withdraw(change.session, merger_id, change.version, act)
    return change.keep(found, version=found.version)


@router.post(
    "/successions",
    status_code=201,
    responses={200: {"model": schemas.SuccessionsOut, "description": "A dry run."}},
    problems=(
        errors.AlreadySucceeded,
        errors.NoSuccession,
        errors.NotSucceeded,
        errors.SuccessionTooEarly,
    ),
)
async def declare_succession(new: schemas.NewSuccession, change: OperatorChange) -> schemas.SuccessionsOut:
    """Apply successions: from then on, what the predecessors owned is their successors'.

    For the operator's stewards, once for each predecessor, on the day or later. With `dry_run` it answers 200
    and shows what would move. With `undo` it takes back what was applied by mistake.
    """
    take = successions.undo if new.undo else successions.succeed
    applied = await take(change.session, new, change.caller, change.actor)
    if new.dry_run:
        change.response.status_code = 200
    return change.keep(applied)
