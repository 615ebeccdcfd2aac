"""Statements that find the regions, councils and Healthwatch of footprints."""

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select, union
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.ledger.views import AS_OF, IDS, NOW, is_in_force, is_open_on
from services.registry.models import Body, Relation

HELD = is_in_force(Relation, AS_OF, NOW)
REGIONS = (
    select(Relation.from_id)
    .join(Body, Body.id == Relation.from_id)
    .where(Relation.to_id.in_(IDS), Relation.kind == "encloses", Body.kind == "nhs_region", HELD)
)
MEMBERS = (
    select(Relation.from_id)
    .join(Body, Body.id == Relation.from_id)
    .where(Relation.to_id.in_(IDS), Relation.kind == "member_of", Body.kind == "local_authority", HELD)
)
COUNTIES = select(Relation.from_id).where(Relation.to_id.in_(MEMBERS), Relation.kind == "encloses", HELD)
HERE = union(MEMBERS, COUNTIES).subquery()
WATCHING = select(Relation.from_id).where(
    Relation.to_id.in_(select(HERE)), Relation.kind == "member_of", HELD
)
AROUND = select(Body.id).where(
    Body.id.in_(union(MEMBERS, COUNTIES, WATCHING).subquery().select()),
    Body.kind.in_(("local_authority", "healthwatch")),
    is_open_on(AS_OF),
)


async def regions_of(session: AsyncSession, footprints: Collection[UUID], day: date) -> Sequence[UUID]:
    """The ids of the regions that footprints are in."""
    return (await session.scalars(REGIONS, {"ids": list(footprints), "as_of": day})).all()


async def councils_of(session: AsyncSession, footprints: Collection[UUID], day: date) -> Sequence[UUID]:
    """The ids of the councils of whole footprints, of their counties, and of the Healthwatch of these."""
    return (await session.scalars(AROUND, {"ids": list(footprints), "as_of": day})).all()
