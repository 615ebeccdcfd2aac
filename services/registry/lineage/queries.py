"""The links between footprints in time, and their editions."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from services.registry.bodies.queries import SUCCESSIONS, in_force
from services.registry.models import Body, BodyCode, BodyName, Boundary, Relation


@dataclass(frozen=True, slots=True)
class Link:
    """What passed from one footprint to a neighbour in time, on a day."""

    before: UUID
    after: UUID
    on: date
    share: float
    source: str


async def links_around(session: AsyncSession, ids: Collection[UUID]) -> list[Link]:
    """Return the links of all footprints that led to these, and of all that these led to, by day."""
    earlier = select(Body.id).where(Body.id.in_(ids)).cte("earlier", recursive=True)
    back = select(Relation.from_id).join(earlier, Relation.to_id == earlier.c.id)
    earlier = earlier.union(back.where(Relation.kind.in_(SUCCESSIONS)))
    later = select(Body.id).where(Body.id.in_(ids)).cte("later", recursive=True)
    forth = select(Relation.to_id).join(later, Relation.from_id == later.c.id)
    later = later.union(forth.where(Relation.kind.in_(SUCCESSIONS)))
    found = await session.execute(
        select(Relation.from_id, Relation.to_id, Relation.valid_from, Relation.share, Relation.source)
        .where(Relation.kind.in_(SUCCESSIONS))
        .where(Relation.from_id.in_(select(earlier.c.id).union(select(later.c.id))))
        .order_by(Relation.valid_from, Relation.from_id, Relation.share.desc(), Relation.to_id)
    )
    return [Link(row[0], row[1], row[2] or date.min, row[3] or 0.0, row[4]) for row in found]


async def editions(
    session: AsyncSession, ids: Collection[UUID], as_of: date
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Return each edition of these footprints up to a day, with the name and codes that it began with."""
    ods, ons = aliased(BodyCode), aliased(BodyCode)
    start = Boundary.valid_from
    found = await session.execute(
        select(
            Body.id, Body.kind, Body.is_organisation, BodyName.name, ods.code.label("ods"),
            ons.code.label("ons"), Boundary.vintage.label("scheme"), start, Boundary.valid_to,
            Boundary.residents, Boundary.region,
        )
        .join(Body, Body.id == Boundary.body_id)
        .join(BodyName, and_(BodyName.body_id == Body.id, in_force(BodyName, start)))
        .outerjoin(ods, and_(ods.body_id == Body.id, ods.scheme == "ods", in_force(ods, start)))
        .outerjoin(ons, and_(ons.body_id == Body.id, ons.scheme == "ons", in_force(ons, start)))
        .where(Boundary.body_id.in_(ids), start <= as_of)
        .order_by(start.desc(), Body.id)
    )  # fmt: skip
    return found.all()
