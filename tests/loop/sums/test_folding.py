"""Sums that are kept: at every moment they and what is not folded yet equal a count of all loops."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import date, datetime, timedelta
from itertools import product
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import Table, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlalchemy.sql import visitors

from services.loop.measures.queries import read_figures
from services.loop.measures.scope import Scope
from services.loop.models import Loop
from services.loop.records import Clock
from services.loop.sums import folding
from services.loop.sums.adding import Added, Cells, count_loops
from services.loop.sums.facts import CLOCKS, COMMITMENTS, LINKS, LOOPS, TOLD, VERDICTS, facts_of
from services.loop.sums.folding import fold_changes, recount_all
from services.loop.sums.models import LoopCounted, LoopSum
from services.loop.sums.people import count_shown
from services.loop.sums.periods import whole_quarters
from services.loop.sums.scopes import scopes_of
from shared.db import engine_to
from tests.loop.conftest import SetTime
from tests.loop.sums.life import Life

Sessions = async_sessionmaker[AsyncSession]
DAYS = [
    (None, None),
    (date(2024, 11, 12), None),
    (None, date(2025, 1, 15)),
    (date(2024, 6, 1), date(2025, 5, 31)),
    (date(2024, 12, 3), date(2024, 12, 20)),
    (date.min, date.max),
]


@pytest.fixture
async def sessions(loop_db: str, owner_url: Callable[[str], str]) -> AsyncIterator[Sessions]:
    """Sessions on the service's database without any loop; their work stays."""
    connection = await asyncpg.connect(owner_url("loop"))
    await connection.execute("TRUNCATE loop CASCADE")
    await connection.close()
    engine = engine_to(loop_db)
    made = async_sessionmaker(engine, expire_on_commit=False)
    await fold_all(made)
    yield made
    await engine.dispose()


async def fold(sessions: Sessions) -> int:
    """Fold one piece, as the worker does."""
    async with sessions.begin() as session:
        return await fold_changes(session)


async def fold_all(sessions: Sessions) -> None:
    """Fold until nothing is left."""
    while await fold(sessions):
        pass


def scopes(life: Life) -> list[Scope]:
    """Every scope of a life, real and invented."""
    asked = product((None, *life.places), (None, *life.bodies), (False, True))
    return [Scope(*each, is_own=False) for each in asked]


def is_within(day: date | None, since: date | None, until: date | None) -> bool:
    """Whether a day is one of those asked for; where none is named, also one that is not known."""
    if since is None and (until is None or until == date.max):
        return True
    return day is not None and (since or date.min) <= day <= (until or date.max)


def counted_anew(
    every: Sequence[Added], scope: Scope, since: date | None, until: date | None
) -> tuple[Cells, Cells]:
    """What all loops of a scope add in these days: by opening, and what their people show by closing."""
    mine = [each for each in every if scope.whose.words in scopes_of(each.whose).values()]
    opened, people, quarters = Cells(), Cells(), whole_quarters(since, until)
    for each in mine:
        if is_within(each.opened_on, since, until):
            opened.update(each.cells)
    units: defaultdict[tuple[str, date], list[Added]] = defaultdict(list)
    for each in mine:
        if each.closed_in and (quarters.since or date.min) <= each.closed_in <= quarters.until:
            units[each.whose, each.closed_in].append(each)
    for closed in units.values():
        people.update(count_shown(closed))
    return opened, people


async def check_figures(sessions: Sessions, asked: Sequence[Scope], at: datetime) -> None:
    """Compare what is answered with a count of all loops, both of one snapshot."""
    async with sessions.begin() as session:
        await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        ids = (await session.scalars(select(Loop.id))).all()
        every = list(count_loops(await facts_of(session, ids), at).values())
        for scope, (since, until) in product(asked, DAYS):
            found = await read_figures(session, scope, at, since, until)
            expected = counted_anew(every, scope, since, until)
            assert (+found.opened, +found.people) == expected, (scope, since, until)
            assert min([*found.opened.values(), *found.people.values()], default=0) >= 0
            others = [each for each in every if scope.others.words in scopes_of(each.whose).values()]
            assert found.others == len(others)


async def change_some(life: Life, sessions: Sessions, ids: Sequence[UUID]) -> None:
    """Let things happen to loops in a transaction that may last; now and then it is undone."""
    async with sessions() as session:
        for each in ids:
            await life.happen(session, each)
            await asyncio.sleep(0)
        await (session.commit() if life.random.random() < 0.85 else session.rollback())


async def drift(sessions: Sessions) -> tuple[int, int]:
    """Count all again; how many loops and how many sums were kept otherwise."""
    found = await recount_all(sessions)
    return found.loops, found.sums


@pytest.mark.parametrize("seed", [1, 3])
async def test_figures_equal_a_count_of_all_loops_at_every_moment(
    sessions: Sessions, set_time: SetTime, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    life = Life(seed)
    set_time(life.at)
    async with sessions.begin() as session:
        await life.begin(session)
    asked = scopes(life)
    for _ in range(8):
        chosen = life.random.sample(life.ids, 6)
        some = life.random.sample(asked, 2)
        work = [change_some(life, sessions, chosen[:3]), change_some(life, sessions, chosen[3:])]
        await asyncio.gather(*work, fold(sessions), check_figures(sessions, some, life.at))
        await check_figures(sessions, some, life.at)
        monkeypatch.setattr(folding, "PIECE", life.random.choice([1, 3, 500]))
        for _ in range(life.random.randrange(3)):
            await fold(sessions)
        life.at += timedelta(days=life.random.choice([0, 1, 9, 40]))
        set_time(life.at)
    await check_figures(sessions, asked, life.at)
    monkeypatch.setattr(folding, "PIECE", 500)
    await fold_all(sessions)
    await check_figures(sessions, asked, life.at)
    assert await drift(sessions) == (0, 0)


async def test_without_loops_no_sum_is_left(sessions: Sessions) -> None:
    async with sessions() as session:
        assert (await session.scalars(select(LoopSum))).all() == []
        assert (await session.scalars(select(LoopCounted))).all() == []


async def test_what_drifted_is_found_and_repaired(sessions: Sessions, set_time: SetTime) -> None:
    life = Life(9)
    set_time(life.at)
    async with sessions.begin() as session:
        await life.begin(session)
        for each in life.ids:
            await session.execute(update(Loop).filter_by(id=each).values(state="open"))
    await fold_all(sessions)
    assert await drift(sessions) == (0, 0)
    async with sessions.begin() as session:
        await session.execute(update(LoopCounted).filter_by(loop_id=life.ids[0]).values(cells={"opened": 7}))
        await session.execute(delete(LoopCounted).filter_by(loop_id=life.ids[1]))
        await session.execute(delete(LoopSum).where(LoopSum.whose.contains(str(life.places[0]))))
    loops, sums = await drift(sessions)
    assert (loops, sums > 0) == (2, True)
    assert await drift(sessions) == (0, 0)
    await check_figures(sessions, scopes(life), life.at)


async def test_a_change_that_waits_is_no_drift(sessions: Sessions, set_time: SetTime) -> None:
    life = Life(10)
    set_time(life.at)
    async with sessions.begin() as session:
        await life.begin(session)
    await fold_all(sessions)
    async with sessions.begin() as session:
        await session.execute(update(Loop).filter_by(id=life.ids[0]).values(state="open"))
    assert await drift(sessions) == (0, 0)


async def test_each_table_that_facts_come_from_marks_its_changes(owner_url: Callable[[str], str]) -> None:
    statements = (LOOPS, LINKS, CLOCKS, COMMITMENTS, TOLD, VERDICTS)
    read = {
        each.name
        for statement in statements
        for each in visitors.iterate(statement)
        if isinstance(each, Table)
    }
    connection = await asyncpg.connect(owner_url("loop"))
    try:
        rows = await connection.fetch(
            "SELECT event_object_table AS name, event_manipulation AS event "
            "FROM information_schema.triggers WHERE action_statement LIKE '%mark_%'"
        )
        truncated = await connection.fetch(
            "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE 'mark_all_of_%'"
        )
    finally:
        await connection.close()
    assert {(row["name"], row["event"]) for row in rows} == set(product(read, ("INSERT", "UPDATE", "DELETE")))
    assert {name for (name,) in truncated} == read


async def test_a_limit_that_passes_counts_without_any_change(sessions: Sessions, set_time: SetTime) -> None:
    life = Life(12, loops=1)
    set_time(life.at)
    scope = Scope(life.places[0], None, demonstration=False, is_own=False)
    async with sessions.begin() as session:
        await life.begin(session)
        place = {"footprint_id": life.places[0], "demonstration": False}
        await session.execute(update(Loop).filter_by(id=life.ids[0]).values(state="open", **place))
        due_at = life.at + timedelta(hours=1)
        session.add(Clock(loop_id=life.ids[0], kind="decide", started_at=life.at, due_at=due_at))
    await fold_all(sessions)
    async with sessions.begin() as session:
        before = await read_figures(session, scope, due_at)
        after = await read_figures(session, scope, due_at + timedelta(microseconds=1))
    assert (before.opened["clocks.decide"], after.opened["clocks.decide"]) == (0, 1)
    set_time(due_at + timedelta(seconds=1))
    assert await fold(sessions) == 1
    assert await fold(sessions) == 0
