"""What changed in the registry: as a list to go on from, and as feeds for readers."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Query, Request, Response

from services.registry.bodies.errors import NotOpenYet
from services.registry.bodies.schemas import Ref
from services.registry.feed import list as feed
from services.registry.feed.list import Asked
from services.registry.feed.schemas import Feed
from shared.auth import Anyone
from shared.db import Session
from shared.errors import NotFound
from shared.feeds import ATOM
from shared.routing import Router
from shared.schemas import BodyRef, Code

router = Router(prefix="/v1", tags=["changes"])
AS_ATOM: dict[int | str, dict[str, Any]] = {200: {"content": {ATOM: {"schema": {"type": "string"}}}}}
Types = Annotated[
    list[Code],
    Query(alias="type", max_length=20, default_factory=list, description="Only changes of these types."),
]


@router.get("/changes", summary="Follow what changes")
async def changes(
    caller: Anyone,
    session: Session,
    request: Request,
    response: Response,
    types: Types,
    since: Annotated[
        str | None,
        Query(max_length=40, description="`since` of an earlier answer; or an instant, or a day (UTC)."),
    ] = None,
    footprint: Annotated[BodyRef | None, Query(description="Only what concerns this footprint.")] = None,
    record: Annotated[BodyRef | None, Query(description="Only this body, or stakeholder by id.")] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="How many to return.")] = 50,
) -> Feed:
    """List the changes of public records in the order in which they were made, the oldest first.

    Each change comes once: ask again with `since` of the answer. Who exactly made it is shown to the operator
    and to the bodies concerned, with `registry:read`.
    """
    found = await feed.read(session, Asked(since, footprint, record, tuple(types), limit), caller)
    following = following_path(request, found.since) if found.more else None
    if following:
        response.headers["Link"] = f'<{following}>; rel="next"'
    return Feed(items=found.items, next=following, since=str(found.since))


def following_path(request: Request, since: int) -> str:
    """Return the path of the changes after a position."""
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "since"]
    return f"{request.url.path}?{urlencode([*kept, ('since', since)])}"


@router.get(
    "/footprints/{ref}/changes.atom",
    summary="Follow a footprint as an Atom feed",
    response_class=Response,
    responses=AS_ATOM,
    problems=(NotFound, NotOpenYet),
)
async def footprint_changes_as_atom(ref: Ref, _: Anyone, session: Session, request: Request) -> Response:
    """Show the newest changes that concern a footprint: its own, its contacts', its members'."""
    return Response(await feed.as_atom(session, ref, "footprint", request.url.path), media_type=ATOM)


@router.get(
    "/organisations/{ref}/changes.atom",
    summary="Follow an organisation as an Atom feed",
    response_class=Response,
    responses=AS_ATOM,
    problems=(NotFound, NotOpenYet),
)
async def organisation_changes_as_atom(ref: Ref, _: Anyone, session: Session, request: Request) -> Response:
    """Show the newest changes of an organisation and its contacts."""
    return Response(await feed.as_atom(session, ref, "organisation", request.url.path), media_type=ATOM)
