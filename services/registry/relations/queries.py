"""Relations on a day, and the tree of what encloses what."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Integer,
    Select,
    Text,
    Uuid,
    bindparam,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.ledger.views import AS_OF, KNOWN_AT, NOW, View, is_in_force, is_open_on, is_said
from services.registry.models import Body, Relation


def relations_on(body_id: UUID, view: View, kind: str | None) -> Select[Relation]:
    """Select what a body is to others on a day, and others to it."""
    wanted = select(Relation).where(or_(Relation.from_id == body_id, Relation.to_id == body_id))
    wanted = wanted.where(is_in_force(Relation, view.as_of, view.known_at))
    return wanted.where(Relation.kind == kind) if kind else wanted


async def relation(session: AsyncSession, relation_id: int) -> Relation | None:
    """Return a relation that is said now."""
    wanted = select(Relation).where(Relation.id == relation_id, is_said(Relation, NOW))
    return await session.scalar(wanted.execution_options(populate_existing=True))


async def said_already(
    session: AsyncSession, kind: str, of: UUID, to: UUID, since: date | None, until: date | None, but: int = 0
) -> Relation | None:
    """Return a relation of this kind between two bodies, in this direction, on any of these days."""
    wanted = select(Relation).where(
        Relation.from_id == of,
        Relation.to_id == to,
        Relation.kind == kind,
        Relation.id != but,
        is_said(Relation, NOW),
        or_(Relation.valid_to.is_(None), Relation.valid_to >= (since or date.min)),
        or_(Relation.valid_from.is_(None), Relation.valid_from <= (until or date.max)),
    )
    return await session.scalar(wanted.limit(1))


START: Any = bindparam("start", type_=Uuid)
LEVELS: Any = bindparam("levels", type_=Integer)


def edges() -> Any:
    """Select who is right under whom on a day: those that one encloses, and its members."""
    enclosed = select(
        Relation.from_id.label("above"), Relation.to_id.label("below"), Relation.kind, Relation.share
    ).where(Relation.kind == "encloses", is_in_force(Relation, AS_OF, KNOWN_AT))
    members = select(Relation.to_id, Relation.from_id, Relation.kind, Relation.share).where(
        Relation.kind == "member_of", is_in_force(Relation, AS_OF, KNOWN_AT)
    )
    return union_all(enclosed, members).subquery()


def walk(name: str, step: int) -> Any:
    """Select the bodies under one (step 1) or above it (step -1), level by level, as far as is asked for."""
    start = select(
        Body.id,
        literal(0).label("depth"),
        Body.id.label("parent"),
        cast("self", Text).label("kind"),
        cast(null(), Relation.share.type).label("share"),
    ).where(Body.id == START)
    found = start.cte(name, recursive=True)
    edge = edges()
    here, there = (edge.c.above, edge.c.below) if step > 0 else (edge.c.below, edge.c.above)
    further = (
        select(there, found.c.depth + step, found.c.id, edge.c.kind, edge.c.share)
        .join(found, here == found.c.id)
        .join(Body, Body.id == there)
        .where(func.abs(found.c.depth) < LEVELS, there != START, is_open_on(AS_OF))
    )
    return found.union(further)


def tree() -> tuple[Select[Any], list[Any]]:
    """Select the tree around a body as objects, and the key that they are in order by: from the top down."""
    below, above = walk("below", 1), walk("above", -1)
    both = union_all(select(above).where(above.c.depth < 0), select(below)).subquery("both")
    whole = func.jsonb_build_object(
        "id",
        both.c.id,
        "depth",
        both.c.depth,
        "parent",
        both.c.parent,
        "relation",
        both.c.kind,
        "share",
        both.c.share,
        type_=JSONB,
    )
    order = [both.c.depth, both.c.parent, both.c.id, both.c.kind]
    return select(whole).join(Body, Body.id == both.c.id), order


TREE, ORDER = tree()
