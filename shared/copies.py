"""How a service keeps copies of what other services own: only what is newer."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase

from shared.db import table_of
from shared.errors import CodeUnknown, IdUnknown, NotHereYet, Problem
from shared.events import Envelope
from shared.ids import is_recent

SUCCESSIONS_MAX = 10
# What a route can answer that takes a reference to a body.
UNKNOWN_BODY = (NotHereYet, CodeUnknown, IdUnknown)


def may_arrive(ref: str) -> bool:
    """Whether the body that a reference names may be on its way: it is an id that was made a moment ago."""
    return ":" not in ref and is_recent(UUID(ref))


def problem_of_unknown(ref: str, pointer: str) -> Problem:
    """The problem that a reference names no body that is known here."""
    if may_arrive(ref):
        return NotHereYet.at(pointer)
    return (CodeUnknown if ":" in ref else IdUnknown).at(pointer)


async def keep_newest(
    session: AsyncSession,
    model: type[DeclarativeBase],
    states: Iterable[tuple[Envelope, Mapping[str, object]]],
) -> None:
    """Keep the states that events tell, each unless a later one is already kept: events come in any order.

    All have values for the same columns. The model's rows have the `id` of the aggregate and the
    `sequence` of the event.
    """
    newest = {
        envelope.subject: {"id": envelope.subject, "sequence": envelope.number, **values}
        for envelope, values in sorted(states, key=lambda each: each[0].number)
    }
    if not newest:
        return
    # In the order of the ids, so that two workers wait for each other in one direction.
    rows = [newest[each] for each in sorted(newest)]
    fresh = insert(table_of(model))
    kept = fresh.on_conflict_do_update(
        index_elements=["id"],
        set_={name: fresh.excluded[name] for name in rows[0] if name != "id"},
        where=model.__table__.c.sequence < fresh.excluded.sequence,
    )
    await session.execute(kept, rows)
