"""What was said for a day to come is told on that day, once."""

import json
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies import arriving, facts, lifetimes
from services.registry.bodies.arriving import arrived, publish_what_came
from services.registry.bodies.schemas import Ending, NewFact
from services.registry.models import Change
from services.registry.settings import Settings
from shared.clock import clock, system_time, today
from tests.fixtures.databases import SessionFor
from tests.registry.writes import WHY, asked, made

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def own_time() -> Iterator[None]:
    """Give the time back after the test."""
    yield
    clock.source = system_time


async def test_a_name_for_a_day_to_come_is_told_on_that_day_once(
    imported: Settings, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    body = await made(session)
    told = select(Change.state).where(Change.record_id == body.id).order_by(Change.position)
    new = NewFact(fact="name", value="Tomorrow (invented)", valid_from=today() + DAY, **WHY)
    await facts.say_fact(*await asked(session, body.id), new)
    await publish_what_came(session)
    clock.source = lambda: system_time() + DAY
    assert await publish_what_came(session) >= 1
    assert await publish_what_came(session) == 0
    names = [json.loads(state)["name"] for state in await session.scalars(told)]
    assert names == ["Door Openers (invented)", "Door Openers (invented)", "Tomorrow (invented)"]


async def test_what_another_published_while_it_waited_is_not_published_twice(
    imported: Settings, session_for: SessionFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await session_for("registry")
    body = await made(session)
    new = NewFact(fact="name", value="Tomorrow (invented)", valid_from=today() + DAY, **WHY)
    await facts.say_fact(*await asked(session, body.id), new)
    clock.source = lambda: system_time() + DAY
    others: list[int] = []

    async def wait_for_others(*_: object) -> None:
        monkeypatch.undo()
        others.append(await publish_what_came(session))

    monkeypatch.setattr(arriving, "lock_bodies", wait_for_others)
    assert await publish_what_came(session) == 0
    assert others[0] >= 1


async def test_a_body_that_closed_stays_told_of_with_its_last_place(
    imported: Settings, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    body = await made(session, footprint="ods:QHM")
    before = json.loads(await told_last(session, body.id))["footprint_id"]
    await lifetimes.end_body(*await asked(session, body.id), Ending(closed_on=today(), **WHY))
    clock.source = lambda: system_time() + 2 * DAY
    assert body.id in await arrived(session, today())
    assert await publish_what_came(session) == 0
    told = json.loads(await told_last(session, body.id))
    assert (told["footprint_id"], told["footprints"]) == (before, [before])
    assert told["valid_to"] == str(today() - 2 * DAY)
    assert before is not None


async def told_last(session: AsyncSession, body_id: UUID) -> str:
    """The state of a body that was published last."""
    told = select(Change.state).where(Change.record_id == body_id).order_by(Change.position.desc()).limit(1)
    return str(await session.scalar(told))


async def test_what_was_said_afterwards_has_been_told(imported: Settings, session_for: SessionFor) -> None:
    session = await session_for("registry")
    body = await made(session, valid_from=str(today() - 3 * DAY))
    assert body.id not in await arrived(session, today())
