"""Who belongs to footprints, and who is around them."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import BindParameter, CompoundSelect, Row, Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.ledger.views import AS_OF, IDS, KNOWN_AT, NOW, Instant, View, is_in_force, is_open_on
from services.registry.models import Body, BodyName, Relation


def related_to(
    ids: BindParameter[UUID] | Select[UUID] | CompoundSelect[UUID],
    relation: str,
    kind: str | None = None,
    known_at: Instant = NOW,
) -> Select[UUID]:
    """Select the bodies, of a kind or of any, that have a relation to these on the day of the statement."""
    held = is_in_force(Relation, AS_OF, known_at)
    found = select(Relation.from_id).where(Relation.to_id.in_(ids), Relation.kind == relation, held)
    return found.join(Body, Body.id == Relation.from_id).where(Body.kind == kind) if kind else found


REGIONS = related_to(IDS, "encloses", "nhs_region", KNOWN_AT)
AROUND = (
    select(Body.id, Body.kind, BodyName.name)
    .join(BodyName, BodyName.body_id == Body.id)
    .where(or_(Body.id.in_(REGIONS), Body.id.in_(IDS)), is_open_on(AS_OF))
    .where(is_in_force(BodyName, AS_OF, KNOWN_AT))
    .order_by(Body.kind, BodyName.name)
)


async def around(session: AsyncSession, ids: Collection[UUID], view: View) -> Sequence[Row[UUID, str, str]]:
    """The regions that enclose footprints on a day, and the open footprints among these."""
    return (await session.execute(AROUND, {"ids": list(ids), **view.parameters()})).all()
