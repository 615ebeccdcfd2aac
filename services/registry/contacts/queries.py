"""How bodies can be reached."""

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies.queries import AS_OF, IDS, said
from services.registry.models import Contact


def known_by(body_id: UUID, day: date) -> Select[Contact]:
    """Select what was known of a body by a day."""
    return select(Contact).where(Contact.body_id == body_id, Contact.known_on <= day, said(Contact))


def in_use(day: date | BindParameter[date]) -> ColumnElement[bool]:
    """Hold for the doors that had not ended by a day."""
    return or_(Contact.ended_on.is_(None), Contact.ended_on >= day)


KNOWN = (
    select(Contact)
    .where(Contact.body_id.in_(IDS), Contact.known_on <= AS_OF, said(Contact), in_use(AS_OF))
    .order_by(Contact.known_on.desc(), Contact.id)
)


async def known(session: AsyncSession, ids: Collection[UUID], day: date) -> Sequence[Contact]:
    """Return what was known of bodies by a day, the latest first."""
    return (await session.scalars(KNOWN, {"ids": list(ids), "as_of": day})).all()
