from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from services.gateway.audit import refusals
from services.gateway.audit.refusals import (
    KINDS_MAX,
    KINDS_OF_CLIENT_MAX,
    MANY_KINDS,
    Refusal,
    RefusalLog,
)
from services.gateway.models import Audit
from shared.db import make_engine, make_sessions
from shared.ids import new_id
from tests.gateway.gateways import Gateways, eventually

Sessions = async_sessionmaker[AsyncSession]


@pytest.fixture
async def sessions(gateways: Gateways) -> AsyncIterator[Sessions]:
    engine = make_engine(gateways.settings())
    yield make_sessions(engine)
    await engine.dispose()


def a_refusal() -> Refusal:
    return Refusal(code="scope_missing", organisation_id=new_id(), method="GET", route="/v1/clients")


async def rows(sessions: Sessions, refusal: Refusal) -> list[int]:
    """How often each row says that it was refused."""
    async with sessions() as session:
        mine = select(Audit.times).where(Audit.organisation_id == refusal.organisation_id).order_by(Audit.id)
        return list(await session.scalars(mine))


async def counts(sessions: Sessions, refusal: Refusal, *times: int) -> bool:
    """Tell whether there are just these rows."""
    return await rows(sessions, refusal) == list(times)


async def test_the_first_refusal_is_written_at_once(sessions: Sessions) -> None:
    refusal = a_refusal()
    async with RefusalLog(sessions).running() as kept:
        kept.count(refusal)
        await eventually(lambda: counts(sessions, refusal, 1))


async def test_repeats_are_counted_in_one_row_more(sessions: Sessions) -> None:
    refusal, kept = a_refusal(), RefusalLog(sessions)
    for _ in range(1000):
        kept.count(refusal)
    await kept.write()
    kept.count(refusal)
    await kept.write()
    assert await rows(sessions, refusal) == [1]
    kept.end_period()
    await kept.write()
    assert await rows(sessions, refusal) == [1, 1000]


async def test_what_is_not_written_yet_is_written_at_the_end(sessions: Sessions) -> None:
    refusal = a_refusal()
    async with RefusalLog(sessions).running() as kept:
        kept.count(refusal)
        kept.count(refusal)
    assert await rows(sessions, refusal) == [2]


async def test_a_minute_ends_by_itself(sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "PERIOD_SECONDS", 0.5)
    refusal = a_refusal()
    async with RefusalLog(sessions).running() as kept:
        kept.count(refusal)
        await eventually(lambda: counts(sessions, refusal, 1))
        kept.count(refusal)
        await eventually(lambda: counts(sessions, refusal, 1, 1))


async def test_a_flood_of_many_kinds_stays_bounded(sessions: Sessions) -> None:
    kept = RefusalLog(sessions)
    for _ in range(KINDS_MAX * 5):
        kept.count(a_refusal())
    assert len(kept.unwritten) == KINDS_MAX + 1
    assert kept.repeats[MANY_KINDS] == KINDS_MAX * 4 - 1


async def test_no_flood_hides_what_is_refused_to_a_client(sessions: Sessions) -> None:
    kept, refused = RefusalLog(sessions), replace(a_refusal(), client_id=new_id())
    for _ in range(KINDS_MAX * 5):
        kept.count(a_refusal())
    kept.count(refused)
    await kept.write()
    assert await rows(sessions, refused) == [1]


async def test_a_flood_of_one_client_is_bounded_and_stays_its_own(sessions: Sessions) -> None:
    kept, refused = RefusalLog(sessions), replace(a_refusal(), client_id=new_id())
    for number in range(1000):
        kept.count(replace(refused, route=f"/v1/{number}"))
    await kept.write()
    kept.end_period()
    await kept.write()
    assert len(await rows(sessions, refused)) == KINDS_OF_CLIENT_MAX + 2
    assert sum(await rows(sessions, refused)) == 1000


async def test_what_cannot_be_written_waits_within_bounds(gateways: Gateways) -> None:
    nowhere = make_engine(gateways.settings(database_url="postgresql://nobody@127.0.0.1:1/nothing"))
    kept = RefusalLog(make_sessions(nowhere))
    refusal = a_refusal()
    kept.count(refusal)
    await kept.write()
    assert kept.unwritten == {refusal: 1}
    for number in range(KINDS_MAX * 3):
        kept.unwritten[replace(refusal, code=str(number))] = 1
    await kept.write()
    assert len(kept.unwritten) == KINDS_MAX + 1
    assert sum(kept.unwritten.values()) == KINDS_MAX * 3 + 1


@pytest.mark.parametrize("change", ["UPDATE audit SET times = 2", "DELETE FROM audit"])
async def test_rows_are_only_added(session_for: Any, change: str) -> None:
    session = await session_for("gateway")
    connection = await session.connection()
    with pytest.raises(Exception, match="permission denied"):
        await connection.exec_driver_sql(change)
