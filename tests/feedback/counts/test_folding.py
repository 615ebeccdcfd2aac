"""Sums of counts: whatever happens at once, they and what is not folded yet equal a count of all pieces."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import date, datetime
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from services.feedback.counts import folding
from services.feedback.counts.adding import pieces
from services.feedback.counts.folding import Drift, fold_changes, recount_all
from services.feedback.counts.queries import Asked, exact_counts
from shared.db import engine_to
from shared.ids import new_id

Sessions = async_sessionmaker[AsyncSession]
BODIES = [UUID(int=each) for each in (1, 2, 3)]
ALL = Asked(BODIES, ["%"], date(2020, 1, 1), date(2030, 1, 1))
GIVE = text("""
    WITH code AS (INSERT INTO reply_code (id, reply_ref, issued_at)
        SELECT id, id::text, now() FROM unnest(CAST(:ids AS uuid[])) AS id)
    INSERT INTO feedback (id, version, kind, state, text, answers, language, organisation_ids, footprint_id,
        touchpoints, themes, permissions, left_out, urgent, reply_code_id, reply_ref, origin_id, revision,
        received_at)
    SELECT id, 1, :kind, 'received', 'Words.', '[]', 'en', ARRAY[CAST(:body AS uuid)], :place, '{}',
        CAST(:themes AS jsonb), '{}', '[]', false, id, id::text, id, 1, CAST(:at AS timestamptz)
    FROM unnest(CAST(:ids AS uuid[])) AS id
""")
CHANGES = [
    "UPDATE feedback SET state = 'withdrawn' WHERE id = :id",
    "UPDATE feedback SET state = 'erased', themes = '[]' WHERE id = :id",
    "UPDATE feedback SET kind = 'staff', themes = '[]' WHERE id = :id",
    "UPDATE feedback SET read_at = now() WHERE id = :id",
    "UPDATE feedback SET footprint_id = '00000000-0000-0000-0000-000000000003' WHERE id = :id",
    "UPDATE feedback SET demonstration = NOT demonstration WHERE id = :id",
    "DELETE FROM feedback WHERE id = :id",
    """INSERT INTO loop_copy (id, sequence, state, answer, demonstration, feedback_ids)
    VALUES (CAST(:id AS uuid), 1, 'decided', 'will_do', false, ARRAY[CAST(:id AS uuid)])
    ON CONFLICT (id) DO UPDATE SET feedback_ids = '{}'""",
    """INSERT INTO loop_moment SELECT id, 'told', now() FROM loop_copy WHERE id = :id
    ON CONFLICT DO NOTHING""",
]
DAYS = ("03-31T22:59", "03-31T23:01", "11-30T00:00")
MOMENTS = [datetime.fromisoformat(f"2026-{each}+00:00") for each in DAYS]
THEMES = '[{"code": "a", "by": "sender", "polarity": "mixed"}, {"code": "b", "by": "model"}]'


@pytest.fixture
async def sessions(feedback_db: str, owner_url: Callable[[str], str]) -> AsyncIterator[Sessions]:
    """Sessions on the service's database without any feedback; their work stays."""
    connection = await asyncpg.connect(owner_url("feedback"))
    await connection.execute("TRUNCATE feedback, reply_code, loop_copy, loop_moment CASCADE")
    await connection.close()
    engine = engine_to(feedback_db)
    made = async_sessionmaker(engine, expire_on_commit=False)
    await fold_all(made)
    yield made
    await engine.dispose()


async def fold(sessions: Sessions) -> int:
    """Fold once, as the worker does."""
    async with sessions.begin() as session:
        return await fold_changes(session)


async def fold_all(sessions: Sessions) -> None:
    """Fold until nothing is left."""
    while await fold(sessions):
        pass


async def check_counts(sessions: Sessions) -> None:
    """Compare what is answered with a count of all pieces, both of one state of the database."""
    async with sessions.begin() as session:
        await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        expected: Counter[tuple[date, str]] = Counter()
        for _, month, bodies, cells in await session.execute(text(pieces("SELECT id FROM feedback"))):
            expected.update((month, cell) for _ in bodies for cell in cells)
        found = await exact_counts(session, ALL)
        assert {key: n for key, n in found.counts.items() if n} == expected


async def change_some(sessions: Sessions, chance: random.Random, ids: Sequence[UUID]) -> None:
    """Let things happen to pieces in a transaction; now and then it is undone."""
    async with sessions() as session:
        for each in ids:
            await session.execute(text(chance.choice(CHANGES)), {"id": each})
        await (session.commit() if chance.random() < 0.8 else session.rollback())


async def give(sessions: Sessions, chance: random.Random, n: int) -> list[UUID]:
    """Give feedback, as a batch does."""
    ids = [new_id() for _ in range(n)]
    given = {
        "ids": ids,
        "kind": chance.choice(["comment", "complaint", "staff"]),
        "body": chance.choice(BODIES[:2]),
        "place": chance.choice([None, BODIES[2]]),
        "themes": chance.choice([THEMES, "[]"]),
        "at": chance.choice(MOMENTS),
    }
    async with sessions.begin() as session:
        await session.execute(GIVE, given)
    return ids


@pytest.mark.parametrize("seed", [1, 2])
async def test_counts_equal_a_count_of_all_pieces_at_every_moment(
    sessions: Sessions, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(seed)
    known: list[UUID] = []
    for _ in range(8):
        known += await give(sessions, chance, 4)
        some = chance.sample(known, 4)
        work = [change_some(sessions, chance, some[:2]), change_some(sessions, chance, some[2:])]
        await asyncio.gather(*work, fold(sessions), check_counts(sessions))
        await check_counts(sessions)
        monkeypatch.setattr(folding, "PIECE", chance.choice([1, 3, 500]))
        for _ in range(chance.randrange(3)):
            await fold(sessions)
    await fold_all(sessions)
    await check_counts(sessions)
    assert (await recount_all(sessions))[1:] == (0, 0)


async def test_what_drifted_is_found_and_repaired(sessions: Sessions) -> None:
    ids = await give(sessions, random.Random(1), 3)
    await fold_all(sessions)
    async with sessions.begin() as session:
        await session.execute(text("UPDATE count_sum SET n = n + 1 WHERE cell LIKE '%kind%'"))
        await session.execute(text("DELETE FROM piece_counted WHERE feedback_id = :id"), {"id": ids[0]})
    found = await recount_all(sessions)
    assert (found.counted, found.pieces) == (3, 1)
    assert found.sums > 0
    await check_counts(sessions)
    assert await recount_all(sessions) == Drift(3, 0, 0)


async def test_a_change_that_waits_is_no_drift(sessions: Sessions) -> None:
    await give(sessions, random.Random(2), 3)
    assert await recount_all(sessions) == Drift(3, 0, 0)
    await check_counts(sessions)
