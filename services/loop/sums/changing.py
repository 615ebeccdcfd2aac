"""What changes in the sums when loops are counted again: worked out once, for whoever reads or keeps it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ARRAY, Date, Text, bindparam, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.sums.adding import Added, Cells, count_loops
from services.loop.sums.facts import IDS, facts_of
from services.loop.sums.models import Counted, LoopCounted, LoopSum
from services.loop.sums.people import count_shown
from services.loop.sums.scopes import scopes_of

# The period of a sum over all days.
EVER = date.min
ADDED = (
    LoopCounted.whose,
    LoopCounted.opened_on,
    LoopCounted.closed_in,
    LoopCounted.counted_until,
    LoopCounted.cells,
)
UNITS = select(
    func.unnest(bindparam("whose", type_=ARRAY(Text))), func.unnest(bindparam("closed_in", type_=ARRAY(Date)))
)


Kept = tuple[str, date | None, date | None, datetime | None, dict[str, int]]


class Key(NamedTuple):
    """One sum: whose loops, whether by opening or by closing, and from which day its month or quarter is."""

    whose: str
    counted: Counted
    since: date


class Unit(NamedTuple):
    """The loops that one body closed in one place and one quarter: the public sees their people together."""

    whose: str
    closed_in: date


Sums = defaultdict[Key, Cells]


@dataclass(frozen=True, slots=True)
class Recount:
    """Some loops counted again: what they added, what they add, and what that changes in the sums."""

    ids: Sequence[UUID]
    before: Mapping[UUID, Added]
    after: Mapping[UUID, Added]
    changes: Sums


async def count_again(session: AsyncSession, ids: Sequence[UUID], at: datetime) -> Recount:
    """Count some loops again, and change nothing: each statement may see a later moment than the last."""
    before = await added_by(session, ids)
    after = count_loops(await facts_of(session, ids), at)
    changes = sum_opened(after.values())
    for key, cells in sum_opened(before.values()).items():
        changes[key].subtract(cells)
    units = {unit for each in (*before.values(), *after.values()) if (unit := unit_of(each))}
    if units:
        await change_units(session, changes, units, ids, after)
    return Recount(ids, before, after, changes)


async def change_units(
    session: AsyncSession, changes: Sums, units: set[Unit], ids: Sequence[UUID], after: Mapping[UUID, Added]
) -> None:
    """Note what changes in the sums of people of these units."""
    closed: defaultdict[Unit, list[Added]] = defaultdict(list)
    for each in (*await others_in(session, units, ids), *after.values()):
        if unit := unit_of(each):
            closed[unit].append(each)
    shown_before = await shown_in(session, units)
    for unit in units:
        difference = count_shown(closed[unit])
        difference.subtract(shown_before.get(unit, {}))
        add_to_periods(changes, unit.whose, "closed", unit.closed_in, difference)


def unit_of(added: Added) -> Unit | None:
    """The unit in which a loop's people are counted; None before a loop has closed, and for praise."""
    return Unit(added.whose, added.closed_in) if added.closed_in else None


def sum_opened(loops: Iterable[Added]) -> Sums:
    """What loops add to the sums by opening."""
    found: Sums = defaultdict(Counter)
    for each in loops:
        month = each.opened_on and each.opened_on.replace(day=1)
        add_to_periods(found, each.whose, "opened", month, each.cells)
    return found


def sum_closed(loops: Iterable[Added]) -> Sums:
    """What loops add to the sums by closing: those of a unit together, as the public sees them."""
    found, units = Sums(Counter), defaultdict[Unit, list[Added]](list)
    for each in loops:
        if unit := unit_of(each):
            units[unit].append(each)
    for unit, closed in units.items():
        add_to_periods(found, unit.whose, "closed", unit.closed_in, count_shown(closed))
    return found


def add_to_periods(
    sums: Sums, whose: str, counted: Counted, since: date | None, cells: Mapping[str, int]
) -> None:
    """Add to the sums of all kinds: of one month or quarter, if it is known, and of all days."""
    for scope in scopes_of(whose).values():
        for period in (EVER, since) if since else (EVER,):
            sums[Key(scope, counted, period)].update(cells)


async def added_by(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, Added]:
    """What these loops added when they were last counted."""
    rows = select(LoopCounted.loop_id, *ADDED).where(LoopCounted.loop_id == IDS)
    return {row[0]: added_of(row[1:]) for row in await session.execute(rows, {"ids": ids})}


def added_of(kept: Kept) -> Added:
    """What a loop added, as it is kept."""
    whose, opened_on, closed_in, counted_until, cells = kept
    return Added(whose, opened_on, closed_in, counted_until, Counter(cells))


async def others_in(session: AsyncSession, units: set[Unit], ids: Sequence[UUID]) -> list[Added]:
    """What all other loops of these units added."""
    of_unit = tuple_(LoopCounted.whose, LoopCounted.closed_in).in_(UNITS)
    others = select(*ADDED).where(of_unit, ~(LoopCounted.loop_id == IDS))
    return [added_of(row) for row in await session.execute(others, {"ids": ids, **columns_of(units)})]


async def shown_in(session: AsyncSession, units: set[Unit]) -> dict[Unit, dict[str, int]]:
    """What these units showed when they were last counted."""
    of_unit = tuple_(LoopSum.whose, LoopSum.since).in_(UNITS)
    rows = select(LoopSum.whose, LoopSum.since, LoopSum.cells).where(LoopSum.counted == "closed", of_unit)
    found = await session.execute(rows, columns_of(units))
    return {Unit(whose, since): cells for whose, since, cells in found}


def columns_of(units: set[Unit]) -> dict[str, list[object]]:
    """Units as the values of a statement."""
    return {"whose": [each.whose for each in units], "closed_in": [each.closed_in for each in units]}
