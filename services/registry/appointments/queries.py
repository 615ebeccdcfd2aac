"""Who held which role."""

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies.queries import AS_OF, IDS, said
from services.registry.models import Appointment


def known_by(body_id: UUID, day: date) -> Select[Appointment]:
    """Select what was known of a body by a day."""
    return select(Appointment).where(
        Appointment.body_id == body_id, Appointment.known_on <= day, said(Appointment)
    )


KNOWN = (
    select(Appointment)
    .where(Appointment.body_id.in_(IDS), Appointment.known_on <= AS_OF, said(Appointment))
    .where(or_(Appointment.held_to.is_(None), Appointment.held_to >= AS_OF))
    .order_by(Appointment.known_on.desc(), Appointment.id)
)


async def known(session: AsyncSession, ids: Collection[UUID], day: date) -> Sequence[Appointment]:
    """Return what was known of bodies by a day, the latest first."""
    return (await session.scalars(KNOWN, {"ids": list(ids), "as_of": day})).all()
