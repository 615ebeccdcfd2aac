"""The board over HTTP: as JSON, and as feeds for readers."""

from typing import Annotated, Any

from fastapi import Depends, Header, Request, Response
from fastapi.responses import JSONResponse

from services.loop.board import domain
from services.loop.board.feeds import JSON_FEED, atom, json_feed
from services.loop.board.schemas import BoardOut
from services.loop.measures.scope import About, scope_of
from services.loop.models import Loop
from shared.auth import Anyone
from shared.db import Session
from shared.feeds import ATOM
from shared.paging import Paging, keyset, page
from shared.routing import Router

router = Router(prefix="/v1", tags=["board"])
Asked = Annotated[About, Depends()]
AS_ATOM: dict[int | str, dict[str, Any]] = {200: {"content": {ATOM: {"schema": {"type": "string"}}}}}
AS_JSON_FEED: dict[int | str, dict[str, Any]] = {
    200: {"content": {JSON_FEED: {"schema": {"type": "object"}}}}
}


@router.get(
    "/board", summary="See what came of it", response_model=BoardOut,
    responses={200: {"content": AS_ATOM[200]["content"] | AS_JSON_FEED[200]["content"]}},
)  # fmt: skip
async def read_board(
    about: Asked,
    paging: Paging,
    request: Request,
    response: Response,
    session: Session,
    caller: Anyone,
    accept: Annotated[str, Header(description="JSON, `application/atom+xml`, `application/feed+json`.")] = "",
) -> BoardOut | Response:
    """Show what people said to a body or in a footprint, and what came of it, the newest loop first.

    Demonstrations are marked and in no number of a real body; small numbers of people are held back.
    """
    if ATOM in accept:
        return await read_board_as_atom(about, session, caller)
    if JSON_FEED in accept:
        return await read_board_as_json_feed(about, session, caller)
    response.headers["Vary"] = "Accept"
    scope = await scope_of(session, caller, about)
    loops, cursor = await keyset(session, domain.listed(scope), paging, Loop.id.desc())
    following = page(request, response, loops, cursor).next
    return await domain.board(session, scope, loops, following)


@router.get("/board.atom", summary="Follow the board as an Atom feed", responses=AS_ATOM)
async def read_board_as_atom(about: Asked, session: Session, caller: Anyone) -> Response:
    """Show the loops in which something happened last as an Atom feed."""
    scope = await scope_of(session, caller, about)
    found = await domain.latest(session, scope)
    return Response(atom(found), media_type=ATOM, headers={"Vary": "Accept"})


@router.get("/board.json", summary="Follow the board as a JSON Feed", responses=AS_JSON_FEED)
async def read_board_as_json_feed(about: Asked, session: Session, caller: Anyone) -> Response:
    """Show the loops in which something happened last as a JSON Feed."""
    scope = await scope_of(session, caller, about)
    found = await domain.latest(session, scope)
    return JSONResponse(json_feed(found), media_type=JSON_FEED, headers={"Vary": "Accept"})
