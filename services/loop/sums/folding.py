"""Keeping the sums: the worker folds what changed into them, piece by piece; a command counts all again."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Date, Text, any_, bindparam, delete, func, select, text, tuple_
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from services.loop.models import Loop
from services.loop.sums.adding import Added, Cells
from services.loop.sums.changing import (
    ADDED,
    Key,
    Recount,
    Sums,
    added_of,
    count_again,
    sum_closed,
    sum_opened,
)
from services.loop.sums.models import LoopCounted, LoopSum, LoopToCount
from services.loop.sums.pending import (
    find_concerned,
    find_marked,
    find_passed,
    find_pending,
    is_any_pending,
)
from shared.clock import now
from shared.db import table_of

# A piece reads the people of all its bodies and quarters anew: small pieces would read them often.
PIECE = 2000
FIRST_ID = UUID(int=0)
# Only one at a time changes the sums. Whoever changes loops need not wait: they only add marks.
ALONE = text("SELECT pg_advisory_xact_lock(hashtext('loop sums'))")
KEYS = select(
    *(func.unnest(bindparam(name, type_=ARRAY(kind))) for name, kind in
      (("whose", Text()), ("counted", Text()), ("since", Date())))
)  # fmt: skip
UNMARK = delete(table_of(LoopToCount)).where(
    LoopToCount.id == any_(bindparam("marks", type_=ARRAY(BigInteger)))
)
KEY = (LoopSum.whose, LoopSum.counted, LoopSum.since)


class Drift(NamedTuple):
    """How many loops were counted again, and how many loops and sums were kept otherwise than they count."""

    counted: int
    loops: int
    sums: int


async def fold_changes(session: AsyncSession) -> int:
    """Fold the next changes into the sums; return how many there were.

    Marks are read before the facts: what changes after that has a mark of its own, which stays.
    """
    at = now()
    if not await is_any_pending(session, at):
        return 0
    await session.execute(ALONE)
    marked = await find_marked(session, PIECE)
    changed = [each.id for each in marked] or await find_passed(session, at, PIECE)
    await keep(session, await count_again(session, await find_concerned(session, changed), at))
    await session.execute(UNMARK, {"marks": [mark for each in marked for mark in each.marks]})
    return len(changed)


async def keep(session: AsyncSession, recount: Recount) -> None:
    """Keep what loops add now, and what that changes in the sums."""
    gone = [each for each in recount.before if each not in recount.after]
    if gone:
        await session.execute(delete(LoopCounted).where(LoopCounted.loop_id.in_(gone)))
    changed = {each: added for each, added in recount.after.items() if added != recount.before.get(each)}
    if changed:
        await session.execute(PUT_COUNTED, [row_of(loop_id, added) for loop_id, added in changed.items()])
    changes = {key: cells for key, cells in recount.changes.items() if any(cells.values())}
    present = await read_sums(session, list(changes))
    for key, cells in changes.items():
        cells.update(present.get(key, {}))
    await put_sums(session, changes)


def row_of(loop_id: UUID, added: Added) -> dict[str, object]:
    """What a loop adds, as it is kept."""
    return {
        "loop_id": loop_id,
        "whose": added.whose,
        "opened_on": added.opened_on,
        "closed_in": added.closed_in,
        "counted_until": added.counted_until,
        "cells": dict(added.cells),
    }


async def read_sums(session: AsyncSession, keys: Sequence[Key]) -> dict[Key, dict[str, int]]:
    """The sums of these keys that there are."""
    given = dict(zip(Key._fields, map(list, zip(*keys, strict=True)), strict=True)) if keys else {}
    rows = select(*KEY, LoopSum.cells).where(tuple_(*KEY).in_(KEYS))
    found = await session.execute(rows, given) if keys else ()
    return {Key(whose, counted, since): cells for whose, counted, since, cells in found}


async def put_sums(session: AsyncSession, sums: Mapping[Key, Cells]) -> None:
    """Write these sums; one in which nothing is left goes."""
    rows = {key: {name: n for name, n in cells.items() if n} for key, cells in sums.items()}
    if kept := [{**key._asdict(), "cells": cells} for key, cells in rows.items() if cells]:
        await session.execute(PUT_SUM, kept)
    for key in (key for key, cells in rows.items() if not cells):
        await session.execute(delete(LoopSum).where(tuple_(*KEY) == tuple_(*key)))


def put(table: type[LoopCounted] | type[LoopSum], *key: str) -> Insert:
    """The statement that writes a row in the place of that of the same key."""
    new = insert(table)
    columns = {each.key: new.excluded[each.key] for each in table.__table__.columns if each.key not in key}
    return new.on_conflict_do_update(index_elements=key, set_=columns)


PUT_COUNTED, PUT_SUM = put(LoopCounted, "loop_id"), put(LoopSum, *Key._fields)


async def recount_all(sessions: async_sessionmaker[AsyncSession]) -> Drift:
    """Count every loop again, piece by piece, and put right what is kept; what waits is no drift."""
    counted, loops = 0, 0
    last: UUID | None = FIRST_ID
    while last:
        async with sessions.begin() as session:
            ids, differing = await recount_loops(session, last)
        counted, loops, last = counted + len(ids), loops + differing, ids[-1] if ids else None
    async with sessions.begin() as session:
        return Drift(counted, loops, await recount_sums(session))


async def recount_loops(session: AsyncSession, after: UUID) -> tuple[Sequence[UUID], int]:
    """Count the next loops again; return their ids, and how many were kept otherwise than they count.

    Marks are read after the facts: what has none did not change meanwhile.
    """
    await session.execute(ALONE)
    ids = await next_ids(session, after)
    recount = await count_again(session, ids, now())
    waiting = set(await find_pending(session, now()))
    differing = [each for each in ids if recount.before.get(each) != recount.after.get(each)]
    await keep(session, recount)
    return ids, len([each for each in differing if each not in waiting])


async def next_ids(session: AsyncSession, after: UUID) -> Sequence[UUID]:
    """The next ids of loops that are there or were counted."""
    known = select(Loop.id).union(select(LoopCounted.loop_id)).subquery()
    following = select(known.c.id).where(known.c.id > after).order_by(known.c.id).limit(PIECE)
    return (await session.scalars(following)).all()


async def recount_sums(session: AsyncSession) -> int:
    """Make all sums again of what each loop added; return how many were kept otherwise."""
    await session.execute(ALONE)
    sums: Sums = defaultdict(Counter)
    for whose in (await session.scalars(select(LoopCounted.whose).distinct())).all():
        rows = await session.execute(select(*ADDED).where(LoopCounted.whose == whose))
        loops = [added_of(row) for row in rows]
        for key, cells in (*sum_opened(loops).items(), *sum_closed(loops).items()):
            sums[key].update(cells)
    kept = await session.execute(select(*KEY, LoopSum.cells))
    present = {Key(whose, counted, since): cells for whose, counted, since, cells in kept}
    wrong = {key: sums[key] for key in {*sums, *present} if +sums[key] != present.get(key, {})}
    await put_sums(session, wrong)
    return len(wrong)
