"""Saying something else than before: what was said stays, marked as superseded."""

from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import inspect
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.models import Recorded, Restated
from shared.clock import now
from shared.ids import new_id

Row = TypeVar("Row", bound=Recorded)
# Given by the database, or by hand below.
OWN = frozenset({"id", "words", "superseded_at", "earlier_form_of"})


async def restate(
    session: AsyncSession, row: Row, act_id: UUID, *, at: datetime | None = None, **values: Any
) -> Row:
    """Let a row say something else from now on; what it said so far is kept in a row beside it.

    Its body has to be locked. All that one act says is given one instant, so that nothing is seen between.
    """
    instant = at or now()
    session.add(earlier_form(row, instant))
    for name, value in values.items():
        setattr(row, name, value)
    row.recorded_at, row.imported, row.act_id = instant, False, act_id
    await session.flush()
    return row


def earlier_form(row: Row, until: datetime) -> Row:
    """Return a copy of a row, as it was said until an instant."""
    names = [each.key for each in inspect(type(row)).column_attrs if each.key not in OWN]
    copy = type(row)(**{name: getattr(row, name) for name in names})
    copy.superseded_at = until
    if isinstance(copy, Restated) and isinstance(row, Restated):
        copy.id, copy.earlier_form_of = new_id(), row.id
    return copy


def supersede(row: Recorded, at: datetime | None = None) -> None:
    """Let a row no longer be said."""
    row.superseded_at = at or now()
