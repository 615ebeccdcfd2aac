"""Footprints: which there were on a day, who belongs to them, and who is around them."""

from collections.abc import Collection, Sequence
from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, func, or_, select, union
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies.queries import (
    AS_OF,
    IDS,
    in_force,
    is_earlier,
    open_on,
    said,
    was_open_on,
)
from services.registry.models import Body, BodyName, Boundary, Relation


def named_like(words: str) -> Any:
    """Hold for the bodies that had a name in which each of these words begins a word."""
    parts = [part for part in "".join(c if c.isalnum() else " " for c in words).split() if part]
    wanted = func.to_tsquery("simple", " & ".join(f"{part}:*" for part in parts))
    return Body.id.in_(select(BodyName.body_id).where(BodyName.words.op("@@")(wanted), said(BodyName)))


# Kept for what is asked again and again: building the statement costs more than running it.
@lru_cache(maxsize=256)
def footprints_on(
    as_of: date, scheme: str | None, words: str | None, *, earlier: bool = False
) -> Select[UUID]:
    """Select the ids of the footprints that were open on a day; with `earlier`, as was said at an instant."""
    wanted = select(Body.id).where(Body.is_footprint, was_open_on(as_of) if earlier else open_on(as_of))
    if scheme:
        family = Body.kind == scheme.lower()
        edition = select(Boundary.body_id).where(
            Boundary.vintage == scheme.upper(), in_force(Boundary, as_of)
        )
        wanted = wanted.where(or_(family, Body.id.in_(edition)))
    return wanted.where(named_like(words)) if words else wanted


def members_on(footprint: UUID, as_of: date, kind: str | None = None) -> Select[UUID]:
    """Select the ids of the bodies that belonged to a footprint on a day."""
    related = union(
        select(Relation.from_id)
        .where(Relation.to_id == footprint, Relation.kind == "member_of")
        .where(in_force(Relation, as_of)),
        select(Relation.to_id)
        .where(Relation.from_id == footprint, Relation.kind == "encloses")
        .where(in_force(Relation, as_of)),
    ).subquery()
    is_open = was_open_on(as_of) if is_earlier() else open_on(as_of)
    wanted = select(Body.id).where(Body.id.in_(select(related)), is_open)
    return wanted.where(Body.kind == kind) if kind else wanted


REGIONS = (
    select(Relation.from_id)
    .join(Body, Body.id == Relation.from_id)
    .where(Relation.to_id.in_(IDS), Relation.kind == "encloses", Body.kind == "nhs_region")
    .where(in_force(Relation, AS_OF))
)
AROUND = (
    select(Body.id, Body.kind, BodyName.name)
    .join(BodyName, BodyName.body_id == Body.id)
    .where(or_(Body.id.in_(REGIONS), Body.id.in_(IDS)), open_on(AS_OF), in_force(BodyName, AS_OF))
    .order_by(Body.kind, BodyName.name)
)


async def around(session: AsyncSession, ids: Collection[UUID], as_of: date) -> Sequence[Row[UUID, str, str]]:
    """Return the regions that enclose footprints on a day, and the open footprints among these."""
    return (await session.execute(AROUND, {"ids": list(ids), "as_of": as_of})).all()
