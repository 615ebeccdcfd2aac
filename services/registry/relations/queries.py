"""Relations on a day, and the tree of what encloses what."""

from typing import Any
from uuid import UUID

from sqlalchemy import Integer, Select, Text, Uuid, bindparam, func, literal, or_, select, union_all
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.ledger import views
from services.registry.ledger.views import NOW, View, is_in_force, is_said
from services.registry.models import Body, Relation, Succession
from shared.errors import NotFound


def relations_on(body_id: UUID, view: View, kind: str | None) -> Select[Relation]:
    """Select what a body is to others on a day, and others to it."""
    wanted = select(Relation).where(or_(Relation.from_id == body_id, Relation.to_id == body_id))
    wanted = wanted.where(is_in_force(Relation, view.as_of, view.known_at))
    return wanted.where(Relation.kind == kind) if kind else wanted


async def find_relation(session: AsyncSession, relation_id: int) -> Relation:
    """A relation that is said now, read anew; NotFound without one."""
    wanted = select(Relation).where(Relation.id == relation_id, is_said(Relation, NOW))
    found = await session.scalar(wanted.execution_options(populate_existing=True))
    if found is None:
        raise NotFound
    return found


async def find_overlapping(session: AsyncSession, link: Relation, of: UUID, to: UUID) -> Relation | None:
    """Another relation of the same kind from one body to another on any of the days of a relation."""
    wanted = select(Relation).where(
        Relation.from_id == of,
        Relation.to_id == to,
        Relation.kind == link.kind,
        Relation.id != (link.id or 0),
        is_said(Relation, NOW),
        views.holds_between(Relation, link.valid_from, link.valid_to),
    )
    return await session.scalar(wanted.limit(1))


async def sum_of_shares(session: AsyncSession, link: Relation) -> float:
    """The sum of the shares that go with other relations of this kind from the same body."""
    others = select(func.coalesce(func.sum(Relation.share), 0.0)).where(
        Relation.from_id == link.from_id,
        Relation.kind == link.kind,
        Relation.id != (link.id or 0),
        is_said(Relation, NOW),
    )
    return await session.scalar(others) or 0.0


async def is_applied(session: AsyncSession, predecessor: UUID) -> bool:
    """Whether what a body owned went to its successors."""
    found = await session.get(Succession, predecessor)
    return found is not None and found.undone_at is None


START: Any = bindparam("start", type_=Uuid)
LEVELS: Any = bindparam("levels", type_=Integer)


def edges() -> Any:
    """Select who is right under whom on a day (step 1) and above whom (step -1)."""
    in_force = is_in_force(Relation, views.AS_OF, views.KNOWN_AT)
    ways = [("encloses", Relation.from_id, Relation.to_id), ("member_of", Relation.to_id, Relation.from_id)]
    wanted = [
        select(here.label("here"), there.label("there"), literal(step).label("step"), Relation.share)
        .add_columns(Relation.kind)
        .where(Relation.kind == kind, in_force)
        for kind, above, below in ways
        for here, there, step in ((above, below, 1), (below, above, -1))
    ]
    return union_all(*wanted).subquery()


def tree() -> tuple[Select[Any], list[Any]]:
    """Select the bodies under one and above it as objects, level by level, as far as is asked for.

    Also returns the key that they are in order by: from the top down.
    """
    kind, share = literal("self", Text).label("relation"), literal(None, Relation.share.type).label("share")
    start = select(Body.id, literal(0).label("depth"), Body.id.label("parent"), kind, share)
    start = start.where(Body.id == START)
    edge, walk = edges(), start.cte("tree", recursive=True)
    further = (
        select(edge.c.there, walk.c.depth + edge.c.step, walk.c.id, edge.c.kind, edge.c.share)
        .join(walk, edge.c.here == walk.c.id)
        .join(Body, Body.id == edge.c.there)
        .where(walk.c.depth * edge.c.step >= 0, func.abs(walk.c.depth) < LEVELS)
        .where(edge.c.there != START, views.is_open_on(views.AS_OF))
    )
    walk = walk.union(further)
    whole = func.to_jsonb(walk.table_valued(), type_=JSONB)
    order = [walk.c.depth, walk.c.parent, walk.c.id, walk.c.relation]
    return select(whole).join(Body, Body.id == walk.c.id), order


TREE, ORDER = tree()
