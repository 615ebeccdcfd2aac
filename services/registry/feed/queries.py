"""The order of changes, and reading them in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.models import Body, Change

# The clocks of several processes differ a little: the first change of a time is looked for among as many.
NEIGHBOURS = 100


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which changes are asked for."""

    footprint: UUID | None = None
    record: UUID | None = None
    types: tuple[str, ...] = ()

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return what has to hold for a change."""
        found: list[ColumnElement[bool]] = []
        if self.footprint:
            concerned = Change.footprints.bool_op("@>")([self.footprint])
            found.append(or_(concerned, Change.record_id == self.footprint))
        if self.record:
            found.append(Change.record_id == self.record)
        if self.types:
            found.append(Change.type.in_(self.types))
        return found


async def first_at(session: AsyncSession, at: datetime) -> int | None:
    """Return the position of the first change since an instant, if there was one."""
    since = select(Change.position).where(Change.at >= at).order_by(Change.at).limit(NEIGHBOURS).subquery()
    found: int | None = await session.scalar(select(func.min(since.c.position)))
    return found


def select_changes() -> Select[*tuple[Any, ...]]:
    """Select changes with the kind of their records."""
    return select(*Change.__table__.c, Body.kind, Body.is_footprint).outerjoin(
        Body, Body.id == Change.record_id
    )


def between(after: int, up_to: int, wanted: Wanted, limit: int) -> Select[*tuple[Any, ...]]:
    """Select the changes after a position up to another, the oldest first."""
    places = (Change.position > after, Change.position <= up_to)
    return select_changes().where(*places, *wanted.conditions()).order_by(Change.position).limit(limit)


def latest(wanted: Wanted, limit: int) -> Select[*tuple[Any, ...]]:
    """Select the newest changes, the newest first."""
    return select_changes().where(*wanted.conditions()).order_by(Change.position.desc()).limit(limit)


async def rows(session: AsyncSession, wanted: Select[*tuple[Any, ...]]) -> Sequence[Row[*tuple[Any, ...]]]:
    """Return the rows of a statement."""
    return (await session.execute(wanted)).all()
