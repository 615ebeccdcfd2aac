"""The statement that selects the bodies of a directory, some hundred at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies.queries import members_on
from services.registry.ledger.views import View, is_open_on
from services.registry.models import Body


@dataclass(frozen=True, slots=True)
class Selection:
    """Which bodies a directory lists, and on which day."""

    day: date
    kinds: tuple[str, ...] = ()
    footprint: UUID | None = None
    # It changes whenever anything public changes. What is current depends on today, whatever the day.
    tag: str = ""


async def next_ids(
    session: AsyncSession, selection: Selection, after: UUID | None, count: int
) -> Sequence[UUID]:
    """The ids of the bodies that follow one in the directory.

    A footprint that the request names is listed even when it had closed.
    """
    kinds, footprint = selection.kinds, selection.footprint
    found = select(Body.id).where(Body.kind.in_(kinds) if kinds else Body.is_footprint)
    if kinds or not footprint:
        found = found.where(is_open_on(selection.day))
    if footprint:
        is_itself = Body.id == footprint
        is_member = Body.id.in_(members_on(footprint, View(selection.day)))
        found = found.where(or_(is_itself, is_member) if kinds else is_itself)
    if after:
        found = found.where(Body.id > after)
    return (await session.scalars(found.order_by(Body.id).limit(count))).all()
