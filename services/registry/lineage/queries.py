"""The links between footprints in time, and their editions."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from services.registry.bodies.queries import AS_OF, IDS, SUCCESSIONS, in_force, said
from services.registry.models import Body, BodyCode, BodyName, Boundary, Relation


@dataclass(frozen=True, slots=True)
class Link:
    """What passed from one footprint to a neighbour in time, on a day."""

    before: UUID
    after: UUID
    on: date
    share: float
    source: str


def links_in_both_directions() -> Select[*tuple[Any, ...]]:
    """Select the links of all footprints that led to `ids`, and of all that these led to, by day."""
    earlier = select(Body.id).where(Body.id.in_(IDS)).cte("earlier", recursive=True)
    back = select(Relation.from_id).join(earlier, Relation.to_id == earlier.c.id)
    earlier = earlier.union(back.where(Relation.kind.in_(SUCCESSIONS), said(Relation)))
    later = select(Body.id).where(Body.id.in_(IDS)).cte("later", recursive=True)
    forth = select(Relation.to_id).join(later, Relation.from_id == later.c.id)
    later = later.union(forth.where(Relation.kind.in_(SUCCESSIONS), said(Relation)))
    return (
        select(Relation.from_id, Relation.to_id, Relation.valid_from, Relation.share, Relation.source)
        .where(Relation.kind.in_(SUCCESSIONS), said(Relation))
        .where(Relation.from_id.in_(select(earlier.c.id).union(select(later.c.id))))
        .order_by(Relation.valid_from, Relation.from_id, Relation.share.desc(), Relation.to_id)
    )


def editions_of_ids() -> Select[*tuple[Any, ...]]:
    """Select each edition of `ids` up to `as_of`, with the name and codes that it began with."""
    ods, ons = aliased(BodyCode), aliased(BodyCode)
    start = Boundary.valid_from
    return (
        select(
            Body.id, Body.kind, BodyName.name, ods.code.label("ods"), ons.code.label("ons"),
            Boundary.vintage.label("scheme"), start, Boundary.valid_to, Boundary.residents,
        )
        .join(Body, Body.id == Boundary.body_id)
        .join(BodyName, and_(BodyName.body_id == Body.id, in_force(BodyName, start)))
        .outerjoin(ods, and_(ods.body_id == Body.id, ods.scheme == "ods", in_force(ods, start)))
        .outerjoin(ons, and_(ons.body_id == Body.id, ons.scheme == "ons", in_force(ons, start)))
        .where(Boundary.body_id.in_(IDS), start <= AS_OF, said(Boundary))
        .order_by(start.desc(), Body.id)
    )  # fmt: skip


LINKS, EDITIONS = links_in_both_directions(), editions_of_ids()


async def links_around(session: AsyncSession, ids: Collection[UUID]) -> list[Link]:
    """Return the links of all footprints that led to these, and of all that these led to, by day."""
    found = await session.execute(LINKS, {"ids": list(ids)})
    return [Link(row[0], row[1], row[2] or date.min, row[3] or 0.0, row[4]) for row in found]


async def editions(
    session: AsyncSession, ids: Collection[UUID], as_of: date
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Return each edition of these footprints up to a day, with the name and codes that it began with."""
    return (await session.execute(EDITIONS, {"ids": list(ids), "as_of": as_of})).all()
