"""The board over HTTP: as JSON, and as feeds for readers."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Header, Request, Response
from fastapi.responses import JSONResponse

from services.loop.board import domain, queries
from services.loop.board.feeds import JSON_FEED, atom, json_feed
from services.loop.board.schemas import BoardOut
from services.loop.measures.scope import ScopeQuery, Snapshot, find_scope
from services.loop.models import Loop
from services.loop.settings import Settings
from shared.auth import Anyone
from shared.copies import UNKNOWN_BODY
from shared.feeds import ATOM, FeedPlace
from shared.negotiation import preferred_form
from shared.paging import Paging, keyset
from shared.routing import Router
from shared.state import made_of_query, state_of

router = Router(prefix="/v1", tags=["board"])
FORMS = ("application/json", ATOM, JSON_FEED)
About = Annotated[ScopeQuery, Depends(made_of_query(ScopeQuery))]
ATOM_CONTENT = {ATOM: {"schema": {"type": "string"}}}
JSON_FEED_CONTENT = {JSON_FEED: {"schema": {"type": "object"}}}
AS_ATOM: dict[int | str, object] = {200: {"content": ATOM_CONTENT}}
AS_JSON_FEED: dict[int | str, object] = {200: {"content": JSON_FEED_CONTENT}}
AS_ANY_FEED: dict[int | str, object] = {200: {"content": ATOM_CONTENT | JSON_FEED_CONTENT}}


def place_of_feed(request: Request, about: ScopeQuery, path: str) -> FeedPlace:
    """Where a feed is, whichever address and header it was asked for with."""
    given = {"footprint": about.footprint, "organisation": about.organisation}
    query = urlencode({name: ref for name, ref in given.items() if ref}, safe=":")
    public_url, end = state_of(request, Settings).public_url, f"?{query}" if query else ""
    return FeedPlace(public_url=public_url, own=f"{path}{end}", home=f"/v1/board{end}")


@router.get(
    "/board",
    summary="See what happened because of it",
    response_model=BoardOut,
    responses=AS_ANY_FEED,
    problems=UNKNOWN_BODY,
    is_kept=True,
)
async def read_board(
    about: About,
    paging: Paging,
    response: Response,
    session: Snapshot,
    caller: Anyone,
    request: Request,
    _: Annotated[
        str, Header(alias="Accept", description="JSON, `application/atom+xml` or `application/feed+json`.")
    ] = "",
) -> BoardOut | Response:
    """Show what people said to a body or in a footprint, and what happened then, newest loop first.

    Demonstrations are marked, and no number of a real body counts them.
    Small numbers of people are held back.
    """
    form = preferred_form(request.headers, FORMS)
    if form == ATOM:
        return await read_board_as_atom(about, session, caller, request)
    if form == JSON_FEED:
        return await read_board_as_json_feed(about, session, caller, request)
    response.headers["Vary"] = "Accept"
    scope = await find_scope(session, caller, about)
    loops, cursor = await keyset(session, domain.board_query(scope), paging, Loop.id.desc())
    next_cursor = paging.answer(loops, cursor).next
    return await domain.board_view(session, scope, loops, next_cursor)


@router.get(
    "/board.atom",
    summary="Follow the board as an Atom feed",
    response_class=Response,
    responses=AS_ATOM,
    problems=UNKNOWN_BODY,
    is_kept=True,
)
async def read_board_as_atom(about: About, session: Snapshot, caller: Anyone, request: Request) -> Response:
    """Show the loops in which something happened last as an Atom feed."""
    scope = await find_scope(session, caller, about)
    board = await domain.board_view(session, scope, await queries.latest_loops(session, scope))
    place = place_of_feed(request, about, "/v1/board.atom")
    return Response(atom(board, place), media_type=ATOM, headers={"Vary": "Accept"})


@router.get(
    "/board.json",
    summary="Follow the board as a JSON Feed",
    response_class=Response,
    responses=AS_JSON_FEED,
    problems=UNKNOWN_BODY,
    is_kept=True,
)
async def read_board_as_json_feed(
    about: About, session: Snapshot, caller: Anyone, request: Request
) -> Response:
    """Show the loops in which something happened last as a JSON Feed."""
    scope = await find_scope(session, caller, about)
    board = await domain.board_view(session, scope, await queries.latest_loops(session, scope))
    place = place_of_feed(request, about, "/v1/board.json")
    return JSONResponse(json_feed(board, place), media_type=JSON_FEED, headers={"Vary": "Accept"})
