"""What nobody answered becomes silence: once, after 14 days, whoever looks."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from services.registry.knocks.domain import SILENT_AFTER, fall_silent
from services.registry.knocks.models import Knock
from services.registry.models import Change
from services.registry.settings import Settings
from shared.clock import clock, now, system_time
from shared.db import make_engine, make_sessions
from shared.events.registry import KnockUnanswered
from tests.fixtures.clients import ServiceClient
from tests.fixtures.databases import SessionFor
from tests.registry.contacts.doors import add
from tests.registry.knocks.knocking import ago, knock

Sessions = async_sessionmaker[AsyncSession]


@pytest.fixture
def time_passes() -> Iterator[Any]:
    """Let the clock stand later."""

    def later(span: timedelta) -> datetime:
        moment = system_time() + span
        clock.source = lambda: moment
        return moment

    yield later
    clock.source = system_time


@pytest.fixture
async def sessions(imported: Settings) -> AsyncIterator[Sessions]:
    """Give transactions of their own, none of them with an older knock that waits."""
    engine = make_engine(imported)
    found = make_sessions(engine)
    async with found.begin() as session:
        await session.execute(update(Knock).where(Knock.outcome.is_(None)).values(outcome="automatic"))
    yield found
    await engine.dispose()


async def run(sessions: Sessions) -> int:
    """Do what the worker does, until nothing is left."""
    total, done = 0, 1
    while done:
        async with sessions.begin() as session:
            done = await fall_silent(session)
        total += done
    return total


async def told_of(session: AsyncSession, knock_id: str) -> list[Change]:
    """Return what was told of a knock."""
    wanted = select(Change).where(Change.type == KnockUnanswered.type, Change.state.contains(knock_id))
    return list((await session.scalars(wanted)).all())


async def test_no_answer_in_fourteen_days_is_silence_and_told_once(
    registry: ServiceClient, sessions: Sessions, session_for: SessionFor, time_passes: Any
) -> None:
    door = await add(registry)
    made = await knock(registry, door, knocked_at=ago(days=1))
    time_passes(SILENT_AFTER - timedelta(days=1, minutes=1))
    assert await run(sessions) == 0
    time_passes(SILENT_AFTER)
    assert await run(sessions) == 1
    assert await run(sessions) == 0
    session = await session_for("registry")
    (change,) = await told_of(session, made["id"])
    assert (change.client_id, change.organisation_id, change.actor) == (None, None, None)
    assert str(change.record_id) == door["body_id"]
    assert change.version == door["version"] + 1
    assert door["value"] not in change.state


async def test_two_workers_at_once_tell_of_each_knock_once(
    registry: ServiceClient, sessions: Sessions, session_for: SessionFor, time_passes: Any
) -> None:
    door = await add(registry)
    made = [await knock(registry, door, knocked_at=ago(days=1)) for _ in range(4)]
    time_passes(SILENT_AFTER)
    assert sum(await asyncio.gather(*(run(sessions) for _ in range(3)))) == len(made)
    session = await session_for("registry")
    for each in made:
        assert len(await told_of(session, each["id"])) == 1


async def test_what_was_answered_is_never_silence(
    registry: ServiceClient, sessions: Sessions, time_passes: Any
) -> None:
    door = await add(registry)
    await knock(registry, door, knocked_at=ago(days=1), outcome="automatic")
    time_passes(SILENT_AFTER)
    assert await run(sessions) == 0
    assert now() > system_time()
