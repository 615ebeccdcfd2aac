"""From a postcode to the bodies that it lies in. Nothing here keeps the postcode."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, Uuid, and_, bindparam, select, union
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies.queries import AS_OF, IDS, in_force, open_on, said
from services.registry.models import AreaShare, Body, Boundary, Postcode, Relation, SmallArea

SHARES = (
    select(
        AreaShare.area, AreaShare.vintage, AreaShare.body_id, AreaShare.share, Body.kind,
        Boundary.valid_from, Boundary.valid_to, SmallArea.name.label("area_name"),
        SmallArea.deprivation_decile,
    )
    .join(Body, Body.id == AreaShare.body_id)
    .outerjoin(
        Boundary,
        and_(
            Boundary.body_id == AreaShare.body_id, Boundary.vintage == AreaShare.vintage, said(Boundary)
        ),
    )
    .outerjoin(SmallArea, SmallArea.code == AreaShare.area)
    .order_by(AreaShare.vintage.desc(), AreaShare.share.desc(), AreaShare.body_id)
)  # fmt: skip


AREA = select(Postcode.area).where(Postcode.postcode == bindparam("postcode")).scalar_subquery()
SHARES_OF_POSTCODE = SHARES.where(AreaShare.area == AREA)
SHARES_OF_PART = SHARES.where(AreaShare.area == bindparam("part"))


def around() -> Select[UUID]:
    """Select the trusts and the region of `footprint`, the councils `ids`, their counties and Healthwatch."""
    footprint, held = bindparam("footprint", type_=Uuid), in_force(Relation, AS_OF)
    trusts = (
        select(Relation.from_id)
        .join(Body, Body.id == Relation.from_id)
        .where(Relation.to_id == footprint, Relation.kind == "member_of", Body.kind == "nhs_trust", held)
    )
    region = select(Relation.from_id).where(Relation.to_id == footprint, Relation.kind == "encloses", held)
    counties = select(Relation.from_id).where(Relation.to_id.in_(IDS), Relation.kind == "encloses", held)
    districts = select(Body.id).where(Body.id.in_(IDS))
    here = union(counties, districts).subquery()
    watching = select(Relation.from_id).where(
        Relation.to_id.in_(select(here)), Relation.kind == "member_of", held
    )
    everybody = union(trusts, region, counties, districts, watching).subquery()
    return select(Body.id).where(Body.id.in_(select(everybody)), open_on(AS_OF)).order_by(Body.id)


AROUND = around()


async def shares_of_postcode(session: AsyncSession, postcode: str) -> Sequence[Row[*tuple[Any, ...]]]:
    """Return the bodies that a full postcode lies in, by its small area."""
    return (await session.execute(SHARES_OF_POSTCODE, {"postcode": postcode})).all()


async def shares_of_part(session: AsyncSession, part: str) -> Sequence[Row[*tuple[Any, ...]]]:
    """Return the bodies that a sector or an outward code lies in, each with its share."""
    return (await session.execute(SHARES_OF_PART, {"part": part})).all()


async def bodies_around(
    session: AsyncSession, footprint: UUID, councils: Collection[UUID], as_of: date
) -> Sequence[UUID]:
    """Return the ids of a place's trusts, councils, Healthwatch and region that were open on a day."""
    given = {"footprint": footprint, "ids": list(councils), "as_of": as_of}
    return (await session.scalars(AROUND, given)).all()
