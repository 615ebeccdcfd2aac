"""Saying something else than before: what was said stays, marked as superseded."""

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


async def restate(session: AsyncSession, row: Row, act_id: UUID, **values: Any) -> Row:
    """Let a row say something else from now on; what it said so far is kept in a row beside it.

    Its body has to be locked.
    """
    session.add(earlier_form(row))
    for name, value in values.items():
        setattr(row, name, value)
    row.recorded_at, row.imported, row.act_id = now(), False, act_id
    await session.flush()
    return row


def earlier_form(row: Row) -> Row:
    """Return a copy of a row, as it was said until now."""
    names = [each.key for each in inspect(type(row)).column_attrs if each.key not in OWN]
    copy = type(row)(**{name: getattr(row, name) for name in names})
    copy.superseded_at = now()
    if isinstance(copy, Restated) and isinstance(row, Restated):
        copy.id, copy.earlier_form_of = new_id(), row.id
    return copy


def supersede(row: Recorded) -> None:
    """Let a row no longer be said."""
    row.superseded_at = now()
