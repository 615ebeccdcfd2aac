"""What changed in the registry: as a list to go on from, and as feeds for readers."""

from typing import Annotated

from fastapi import Query, Request, Response

from services.registry.bodies.errors import NotOpenYet
from services.registry.bodies.schemas import Ref
from services.registry.feed import domain
from services.registry.feed.schemas import ChangesAsked, Feed
from services.registry.ledger.views import Role
from services.registry.settings import Settings
from shared.auth import Anyone
from shared.db import Session
from shared.errors import NotFound
from shared.feeds import ATOM, FeedPlace
from shared.paging import link_following
from shared.routing import Router
from shared.state import state_of

router = Router(prefix="/v1", tags=["changes"])
AS_ATOM: dict[int | str, dict[str, object]] = {200: {"content": {ATOM: {"schema": {"type": "string"}}}}}


@router.get("/changes", summary="Follow what changes")
async def list_changes(
    asked: Annotated[ChangesAsked, Query()],
    caller: Anyone,
    session: Session,
    request: Request,
    response: Response,
) -> Feed:
    """List the changes of public records in the order in which they were made, the oldest first.

    Each change comes once: ask again with `since` of the answer. Who exactly made it is shown to the operator
    and to the bodies concerned, with `registry:read`.
    """
    found, since, more = await domain.read_changes(session, asked, caller)
    following = link_following(request, response, "since", since) if more else None
    return Feed(items=found, next=following, since=str(since))


def add_atom_feed(role: Role, article: str) -> None:
    """Register the Atom feed of the bodies of a role."""

    @router.get(
        f"/{role}s/{{ref}}/changes.atom",
        name=f"follow_{role}",
        summary=f"Follow {article} {role} as an Atom feed",
        response_class=Response,
        responses=AS_ATOM,
        problems=(NotFound, NotOpenYet),
    )
    async def changes_as_atom(ref: Ref, _: Anyone, session: Session, request: Request) -> Response:
        """Read the newest changes: of a footprint all that concern it, of an organisation its own."""
        home = f"/v1/{role}s/{ref}"
        public_url = state_of(request, Settings).public_url
        place = FeedPlace(public_url=public_url, own=f"{home}/changes.atom", home=home)
        found = await domain.changes_as_atom(session, ref, role, place)
        return Response(found, media_type=ATOM)


add_atom_feed("footprint", "a")
add_atom_feed("organisation", "an")
