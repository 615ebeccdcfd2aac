"""Statements that find the regions, councils and Healthwatch of footprints."""

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select, union
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.footprints.queries import related_to
from services.registry.ledger.views import AS_OF, IDS, is_open_on
from services.registry.models import Body

REGIONS = related_to(IDS, "encloses", "nhs_region")
MEMBERS = related_to(IDS, "member_of", "local_authority")
COUNTIES = related_to(MEMBERS, "encloses")
WATCHING = related_to(union(MEMBERS, COUNTIES), "member_of")
AROUND = select(Body.id).where(
    Body.id.in_(union(MEMBERS, COUNTIES, WATCHING)),
    Body.kind.in_(("local_authority", "healthwatch")),
    is_open_on(AS_OF),
)


async def regions_of(session: AsyncSession, footprints: Collection[UUID], day: date) -> Sequence[UUID]:
    """The ids of the regions that footprints are in."""
    return (await session.scalars(REGIONS, {"ids": list(footprints), "as_of": day})).all()


async def councils_of(session: AsyncSession, footprints: Collection[UUID], day: date) -> Sequence[UUID]:
    """The ids of the councils of whole footprints, of their counties, and of the Healthwatch of these."""
    return (await session.scalars(AROUND, {"ids": list(footprints), "as_of": day})).all()
