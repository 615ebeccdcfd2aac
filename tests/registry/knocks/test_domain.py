"""What nobody answered becomes silence: once, after 14 days, whoever looks."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from services.registry.knocks.domain import KNOCKS_A_DAY_MAX, SILENT_AFTER, settle_next_silence
from services.registry.knocks.models import Knock
from services.registry.knocks.queries import SOURCES_MIN
from services.registry.models import Change
from services.registry.settings import Settings
from shared.clock import now, system_time, today
from shared.db import make_engine, make_sessions
from shared.events.registry import KnockUnanswered
from shared.ids import new_id
from tests.fixtures.clients import ServiceClient
from tests.fixtures.databases import SessionFor
from tests.fixtures.figures import plain_counts
from tests.registry.contacts.scene import add, knocker
from tests.registry.knocks.knocking import ago, knock, post

Sessions = async_sessionmaker[AsyncSession]


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
            done = await settle_next_silence(session)
        total += done
    return total


async def published_of(session: AsyncSession, contact: dict[str, Any]) -> list[Change]:
    """Return what was published of a contact that stays silent."""
    wanted = select(Change).where(Change.type == KnockUnanswered.type, Change.state.contains(contact["id"]))
    return list((await session.scalars(wanted)).all())


async def version_of(registry: ServiceClient, contact: dict[str, Any]) -> int:
    """Return the version of the body that a contact is of."""
    return int((await registry.get(f"/v1/contacts/{contact['id']}")).json()["version"])


async def test_no_answer_in_fourteen_days_is_silence_and_nobody_hears_of_one(
    registry: ServiceClient, sessions: Sessions, session_for: SessionFor, time_passes: Any
) -> None:
    contact, organisation = await add(registry), new_id()
    for _ in range(KNOCKS_A_DAY_MAX):
        for client in (new_id(), new_id()):  # of two organisations, one with two clients
            me = registry.as_(client_id=client, organisation_id=organisation)
            await post(me, contact, knocked_at=ago(days=1))
    alone = await knock(registry, contact, knocked_at=ago(days=1))
    time_passes(SILENT_AFTER - timedelta(days=1, minutes=1))
    assert await run(sessions) == 0
    time_passes(SILENT_AFTER)
    assert await run(sessions) == 2 * KNOCKS_A_DAY_MAX + 1
    assert await run(sessions) == 0
    session = await session_for("registry")
    kept = await session.get_one(Knock, alone["id"])
    assert (kept.outcome, await published_of(session, contact)) == ("silence", [])
    assert await version_of(registry, contact) == contact["version"]


async def test_silence_to_three_is_published_once_and_again_after_ninety_days(
    registry: ServiceClient, sessions: Sessions, session_for: SessionFor, time_passes: Any
) -> None:
    contact, other = await add(registry), await add(registry)
    counts, versions, session = [], [], await session_for("registry")
    for days in (0, 60, 120):
        time_passes(timedelta(days=days))
        made = [await knock(registry, contact, knocked_at=ago(days=1)) for _ in range(SOURCES_MIN + 1)]
        await knock(registry, other, knocked_at=ago(days=1))
        time_passes(timedelta(days=days) + SILENT_AFTER)
        await run(sessions)
        found = await published_of(session, contact)
        counts.append(len(found))
        versions.append(await version_of(registry, contact) - other["version"])
        assert not [each for each in found if made[0]["id"] in each.state]
    assert (counts, versions) == ([1, 1, 2], [1, 1, 2])
    assert (found[0].client_id, found[0].organisation_id, found[0].actor) == (None, None, None)
    assert str(found[0].record_id) == contact["body_id"]
    assert contact["value"] not in found[0].state
    assert await published_of(session, other) == []


async def test_a_late_answer_is_no_silence(registry: ServiceClient, session_for: SessionFor) -> None:
    contact, me = await add(registry), knocker(registry)
    silent = {"knocked_at": ago(days=20), "outcome": "silence"}
    made = (await post(me, contact, **silent)).json()
    answer = {"outcome": "person", "answered_at": ago(hours=1)}
    assert (await me.post(f"/v1/knocks/{made['id']}/outcome", json=answer)).status_code == 200
    for _ in range(SOURCES_MIN - 1):
        await knock(registry, contact, **silent)
    session = await session_for("registry")
    assert await published_of(session, contact) == []
    await knock(registry, contact, **silent)
    assert len(await published_of(session, contact)) == 1


async def test_two_workers_at_once_tell_of_a_silent_contact_once(
    registry: ServiceClient, sessions: Sessions, session_for: SessionFor, time_passes: Any
) -> None:
    contacts = [await add(registry) for _ in range(2)]
    made = [await knock(registry, contact, knocked_at=ago(days=1)) for contact in contacts * SOURCES_MIN]
    time_passes(SILENT_AFTER)
    assert sum(await asyncio.gather(*(run(sessions) for _ in range(4)))) == len(made)
    session = await session_for("registry")
    assert [len(await published_of(session, contact)) for contact in contacts] == [1, 1]


async def test_what_was_answered_is_never_silence(
    registry: ServiceClient, sessions: Sessions, time_passes: Any
) -> None:
    contact = await add(registry)
    await knock(registry, contact, knocked_at=ago(days=1), outcome="automatic")
    time_passes(SILENT_AFTER)
    assert await run(sessions) == 0
    assert now() > system_time()


async def test_what_is_said_of_two_days_never_differs_by_a_few(registry: ServiceClient, on_day: Any) -> None:
    contact = await add(registry)
    path = f"/v1/contacts/{contact['id']}/responsiveness"

    async def is_said() -> set[Any]:
        days = [today() + timedelta(days=day) for day in range(-150, 100, 10)]
        answers = [plain_counts((await registry.get(f"{path}?as_of={day}")).json()) for day in days]
        return {each["knocks"] for each in answers}

    on_day(5, 20)
    for day in range(5):
        await knock(registry, contact, knocked_at=ago(days=day), outcome="automatic")
    assert await is_said() == {0}
    on_day(7, 1)
    assert await is_said() == {0, 5}
    # One more, of the quarter that is over or of the next one, is shown to nobody.
    await knock(registry, contact, knocked_at=ago(days=20), outcome="automatic")
    await knock(registry, contact, knocked_at=ago(hours=1), outcome="automatic")
    assert await is_said() == {0, 5}
    on_day(10, 1)
    assert await is_said() == {0, 5}
