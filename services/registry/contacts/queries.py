"""How bodies can be reached."""

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.models import Contact


def known_by(ids: Collection[UUID], day: date) -> Select[Contact]:
    """Select the contacts of bodies that were known by a day."""
    return select(Contact).where(Contact.body_id.in_(ids), Contact.known_on <= day)


async def known(session: AsyncSession, ids: Collection[UUID], day: date) -> Sequence[Contact]:
    """Return what was known by a day, the latest first."""
    wanted = known_by(ids, day).order_by(Contact.known_on.desc(), Contact.id)
    return (await session.scalars(wanted)).all()
