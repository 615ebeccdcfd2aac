"""Relations over HTTP: those of a body, its tree, and saying, ending and correcting one."""

from typing import Annotated

from fastapi import Query, Response

from services.registry.bodies.errors import NotOpenYet
from services.registry.bodies.role_routes import FINDING
from services.registry.bodies.schemas import AsOf, KindAsked, Ref, Viewed
from services.registry.ledger.views import Role
from services.registry.relations import domain, queries, schemas
from services.registry.relations.schemas import RelationDetail, RelationId
from services.registry.stewards import NotYourBody, StewardEdit
from shared.auth import Anyone
from shared.clock import today
from shared.db import Session
from shared.errors import NotFound
from shared.paging import Page, Paging
from shared.routing import Router
from shared.versions import etag

router = Router(prefix="/v1", tags=["relations"])
KindWanted = Annotated[schemas.Kind | None, Query(description="Only relations of this kind.")]
CHANGING = (NotFound, NotYourBody)


def add_relations(role: Role) -> None:
    """Register the relations of the bodies of a role: reading them, and saying one."""
    path = f"/{role}s/{{ref}}/relations"

    @router.get(path, name=f"list_{role}_relations", problems=FINDING, is_kept=True)
    async def body_relations(
        ref: Ref, _: Anyone, session: Session, view: Viewed, paging: Paging, kind: KindWanted = None
    ) -> Page[schemas.RelationOut]:
        """List what a body is to other bodies on a day, and what they are to it."""
        found = await domain.relations_of(session, ref, role, view, kind, paging)
        return paging.answer(*found)

    @router.post(path, name=f"relate_{role}", status_code=201, problems=CHANGING)
    async def relate_body(ref: Ref, new: schemas.NewRelation, change: StewardEdit) -> RelationDetail:
        """Say what a body is to another body from a day on, if you may write both."""
        found = await domain.say_relation(change, ref, role, new)
        return change.keep(found, location=f"/v1/relations/{found.id}", version=found.version)


add_relations("footprint")
add_relations("organisation")


@router.get("/organisations/{ref}/tree", problems=(NotFound, NotOpenYet), is_kept=True)
async def read_tree(
    ref: Ref,
    _: Anyone,
    session: Session,
    paging: Paging,
    as_of: AsOf = None,
    levels: Annotated[int, Query(ge=1, le=4, description="How far up and down.")] = 2,
    kind: KindAsked = None,
) -> Page[schemas.TreeNode]:
    """List what belongs to a body on a day and what it belongs to: region, board, location, practices."""
    found = await domain.tree(session, ref, as_of or today(), levels, kind, paging)
    return paging.answer(*found)


@router.get("/relations/{relation_id}", problems=(NotFound,))
async def read_relation(
    relation_id: RelationId, _: Anyone, session: Session, response: Response
) -> RelationDetail:
    """Read a relation. To change it, send its `ETag`, which is that of the body that it starts from."""
    found = await domain.relation_detail(session, await queries.find_relation(session, relation_id))
    response.headers["ETag"] = etag(found.version)
    return found


@router.post("/relations/{relation_id}/ending", problems=CHANGING)
async def end_relation(
    relation_id: RelationId, given: schemas.RelationEnding, change: StewardEdit
) -> RelationDetail:
    """End a relation on a day. The stewards of either body may do so."""
    found = await domain.end(change, relation_id, given)
    return change.keep(found, version=found.version)


@router.post("/relations/{relation_id}/corrections", problems=CHANGING)
async def correct_relation(
    relation_id: RelationId, given: schemas.RelationCorrection, change: StewardEdit
) -> RelationDetail:
    """Correct what was said of a relation, if you may write both bodies; what was said before is kept."""
    found = await domain.correct(change, relation_id, given)
    return change.keep(found, version=found.version)
