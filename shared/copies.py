"""How a service keeps copies of what other services own: only what is newer, and who follows whom."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Protocol, TypeVar
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


class Succeeded(Protocol):
    """A copy of a body that others may have taken over: each successor has an `id` and a `share`."""

    @property
    def successors(self) -> Sequence[Mapping[str, object]]:
        """The bodies that took over, and the share of each."""


Copy = TypeVar("Copy", bound=Succeeded)


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


async def follow_successors(
    copy: Copy, find: Callable[[UUID], Awaitable[Copy | None]], is_succeeded: Callable[[Copy], bool]
) -> Copy:
    """The body that answers for another: itself, or the body that took over the largest share, and so on.

    A body in a circle answers for itself.
    """
    last = copy
    for _ in range(SUCCESSIONS_MAX):
        if not last.successors or not is_succeeded(last):
            return last
        largest = max(last.successors, key=lambda each: float(str(each["share"] or 0)))
        following = await find(UUID(str(largest["id"])))
        if following is None:
            return last
        last = following
    return copy
