"""Relations over HTTP: those of a body, its tree, and saying, ending and correcting one."""

from typing import Annotated

from fastapi import Query, Request, Response

from services.registry.bodies.schemas import AsOf, KnownAt, Ref
from services.registry.bodies.schemas import Kind as BodyKind
from services.registry.bodies.writing import Asked
from services.registry.ledger.acts import Act
from services.registry.ledger.views import View
from services.registry.relations import domain
from services.registry.relations.schemas import (
    Kind,
    NewRelation,
    RelationCorrection,
    RelationDetail,
    RelationEnding,
    RelationId,
    RelationOut,
    TreeNode,
)
from services.registry.stewards import Steward
from shared.auth import ActorGiven, Anyone
from shared.clock import today
from shared.db import Session
from shared.idempotency import Once
from shared.paging import Page, Paging, page
from shared.routing import Router
from shared.versions import IfMatch, etag

router = Router(prefix="/v1", tags=["relations"])
KindWanted = Annotated[Kind | None, Query(description="Only relations of this kind.")]


@router.get("/footprints/{ref}/relations")
async def footprint_relations(
    ref: Ref,
    _: Anyone,
    session: Session,
    paging: Paging,
    request: Request,
    response: Response,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    kind: KindWanted = None,
) -> Page[RelationOut]:
    """List what a footprint is to other bodies on a day, and what they are to it."""
    view = View(as_of or today(), known_at)
    found = await domain.relations_of(session, ref, "footprint", view, kind, paging)
    return page(request, response, *found)


@router.get("/organisations/{ref}/relations")
async def organisation_relations(
    ref: Ref,
    _: Anyone,
    session: Session,
    paging: Paging,
    request: Request,
    response: Response,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    kind: KindWanted = None,
) -> Page[RelationOut]:
    """List what an organisation is to other bodies on a day, and what they are to it."""
    view = View(as_of or today(), known_at)
    found = await domain.relations_of(session, ref, "organisation", view, kind, paging)
    return page(request, response, *found)


@router.get("/organisations/{ref}/tree")
async def tree(
    ref: Ref,
    _: Anyone,
    session: Session,
    paging: Paging,
    request: Request,
    response: Response,
    as_of: AsOf = None,
    levels: Annotated[int, Query(ge=1, le=4, description="How far up and down.")] = 2,
    kind: Annotated[BodyKind | None, Query(alias="type", description="Only bodies of this kind.")] = None,
) -> Page[TreeNode]:
    """List what belongs to a body on a day and what it belongs to: region, board, location, practices."""
    found = await domain.tree(session, ref, as_of or today(), levels, kind, paging)
    return page(request, response, *found)


@router.post("/footprints/{ref}/relations", status_code=201)
async def relate_footprint(
    ref: Ref,
    new: NewRelation,
    steward: Steward,
    actor: ActorGiven,
    version: IfMatch,
    session: Session,
    once: Once,
    response: Response,
) -> RelationDetail:
    """Say what a footprint is to another body from a day on, if you may write both."""
    asked = Asked(ref, "footprint", version, Act.of(new, steward, actor))
    return once.keep(made(response, await domain.say_relation(session, asked, new)))


@router.post("/organisations/{ref}/relations", status_code=201)
async def relate_organisation(
    ref: Ref,
    new: NewRelation,
    steward: Steward,
    actor: ActorGiven,
    version: IfMatch,
    session: Session,
    once: Once,
    response: Response,
) -> RelationDetail:
    """Say what an organisation is to another body from a day on, if you may write both."""
    asked = Asked(ref, "organisation", version, Act.of(new, steward, actor))
    return once.keep(made(response, await domain.say_relation(session, asked, new)))


def made(response: Response, found: RelationDetail) -> RelationDetail:
    """Tell where a new relation is read."""
    response.headers["Location"] = f"/v1/relations/{found.id}"
    return tagged(response, found)


def tagged(response: Response, found: RelationDetail) -> RelationDetail:
    """Tell the version that a relation is of."""
    response.headers["ETag"] = etag(found.version)
    return found


@router.get("/relations/{relation_id}")
async def relation(
    relation_id: RelationId, _: Anyone, session: Session, response: Response
) -> RelationDetail:
    """Return a relation; its `ETag` is that of the body whose it is, as changing it needs."""
    return tagged(response, await domain.one(session, relation_id))


@router.post("/relations/{relation_id}/ending")
async def end_relation(
    relation_id: RelationId,
    given: RelationEnding,
    steward: Steward,
    actor: ActorGiven,
    version: IfMatch,
    session: Session,
    once: Once,
    response: Response,
) -> RelationDetail:
    """Let a relation end on a day: the stewards of either body may."""
    found = await domain.end(session, relation_id, version, Act.of(given, steward, actor), given)
    return once.keep(tagged(response, found))


@router.post("/relations/{relation_id}/corrections")
async def correct_relation(
    relation_id: RelationId,
    given: RelationCorrection,
    steward: Steward,
    actor: ActorGiven,
    version: IfMatch,
    session: Session,
    once: Once,
    response: Response,
) -> RelationDetail:
    """Correct what was said of a relation, if you may write both bodies; what was said before is kept."""
    found = await domain.correct(session, relation_id, version, Act.of(given, steward, actor), given)
    return once.keep(tagged(response, found))
