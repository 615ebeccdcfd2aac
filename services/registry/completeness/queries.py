"""The statement that finds the Healthwatch of footprints, however many there are."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import select, union
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from services.registry.ledger.views import AS_OF, IDS, NOW, is_in_force, is_open_on
from services.registry.models import Body, Relation

OF_COUNCIL = aliased(Relation)
OF_FOOTPRINT = (
    select(Relation.to_id)
    .join(Body, Body.id == Relation.from_id)
    .where(Relation.to_id.in_(IDS), Relation.kind == "member_of", Body.kind == "healthwatch")
    .where(is_in_force(Relation, AS_OF, NOW), is_open_on(AS_OF))
)
OF_ITS_COUNCILS = (
    select(Relation.to_id)
    .join(OF_COUNCIL, OF_COUNCIL.to_id == Relation.from_id)
    .join(Body, Body.id == OF_COUNCIL.from_id)
    .where(Relation.to_id.in_(IDS), Relation.kind == "member_of", is_in_force(Relation, AS_OF, NOW))
    .where(OF_COUNCIL.kind == "member_of", is_in_force(OF_COUNCIL, AS_OF, NOW))
    .where(Body.kind == "healthwatch", is_open_on(AS_OF))
)
FOOTPRINTS = union(OF_FOOTPRINT, OF_ITS_COUNCILS)


async def with_healthwatch(session: AsyncSession, ids: Collection[UUID], as_of: date) -> set[UUID]:
    """The footprints that have a Healthwatch, of their own or of one of their councils."""
    return set(await session.scalars(FOOTPRINTS, {"ids": list(ids), "as_of": as_of}))
