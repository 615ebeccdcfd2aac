"""Who held which role."""

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.models import Appointment


def known_by(ids: Collection[UUID], day: date) -> Select[Appointment]:
    """Select the appointments of bodies that were known by a day."""
    return select(Appointment).where(Appointment.body_id.in_(ids), Appointment.known_on <= day)


async def known(session: AsyncSession, ids: Collection[UUID], day: date) -> Sequence[Appointment]:
    """Return what was known by a day, the latest first."""
    ended = or_(Appointment.held_to.is_(None), Appointment.held_to >= day)
    wanted = known_by(ids, day).where(ended).order_by(Appointment.known_on.desc(), Appointment.id)
    return (await session.scalars(wanted)).all()
