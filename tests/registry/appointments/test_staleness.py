"""What nobody confirms becomes stale, and that is published once; the clock is set by hand."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from services.registry.appointments.domain import STALE, publish_stale
from services.registry.models import Appointment, Body, Change
from services.registry.settings import Settings
from shared.clock import clock
from shared.db import make_engine, make_sessions
from tests.fixtures.clients import ServiceClient
from tests.fixtures.databases import SessionFor
from tests.registry.appointments.scene import BOARD, a_role, act_on, ago, appointed, of_role
from tests.registry.stakeholders.scene import operator

EVENT = "registry.appointment_stale.v1"


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Return what sets the clock forward by some days, to noon: the same day with or without summer time."""
    noon = clock.source().replace(hour=12)
    return lambda days: monkeypatch.setattr(clock, "source", lambda: noon + timedelta(days=days))


async def publish_all(registry: ServiceClient) -> int:
    """Publish all that became stale, as a worker does, and return in how many turns."""
    turns = 0
    while True:
        async with registry.state.sessions.begin() as session:
            if not await publish_stale(session):
                return turns
        turns += 1


async def count_published(registry: ServiceClient, appointment_id: str) -> int:
    """Return how often it was published that an appointment is stale."""
    mine = Change.state.contains(f'"appointment_id":"{appointment_id}"')
    wanted = select(func.count()).where(Change.type == EVENT, mine)
    async with registry.state.sessions() as session:
        return int(await session.scalar(wanted) or 0)


async def test_after_180_days_it_is_published_once(
    registry: ServiceClient, later: Callable[[int], None]
) -> None:
    made = await appointed(operator(registry))
    await publish_all(registry)
    later(180)
    await publish_all(registry)
    assert await count_published(registry, made["id"]) == 0
    assert (await of_role(registry, made["role"]))[0]["freshness"] == "ageing"
    later(181)
    await publish_all(registry)
    assert await publish_all(registry) == 0
    assert await count_published(registry, made["id"]) == 1
    (found,) = await of_role(registry, made["role"])
    assert (found["freshness"], found["is_current"]) == ("stale", False)
    leaders = (await registry.get(BOARD)).json()
    assert made["id"] not in [each["id"] for each in leaders["leaders"]]
    assert "leader" in [each["what"] for each in leaders["not_known"]]


async def test_a_confirmation_starts_the_days_again(
    registry: ServiceClient, later: Callable[[int], None]
) -> None:
    made = await appointed(operator(registry))
    later(181)
    await publish_all(registry)
    confirmed = await act_on(operator(registry), made["id"], "confirmation")
    assert confirmed.json()["is_current"] is True
    await publish_all(registry)
    assert await count_published(registry, made["id"]) == 1
    later(181 + 181)
    await publish_all(registry)
    assert await count_published(registry, made["id"]) == 2


@pytest.mark.parametrize(
    "more",
    [
        {"held_to": ago(1)},
        {"held_from": ago(-400), "known_on": ago(300)},
        {"held_from": ago(300), "known_on": ago(300), "confirmed_on": ago(20)},
    ],
)
async def test_what_ended_has_not_begun_or_was_confirmed_is_not_published(
    registry: ServiceClient, more: dict[str, Any]
) -> None:
    made = await appointed(operator(registry), **more)
    await publish_all(registry)
    assert await count_published(registry, made["id"]) == 0


async def test_vacancies_become_stale_as_well(registry: ServiceClient, later: Callable[[int], None]) -> None:
    made = await appointed(operator(registry), status="vacant", holder=None)
    later(181)
    await publish_all(registry)
    assert await count_published(registry, made["id"]) == 1


async def test_nothing_is_published_of_closed_bodies(registry: ServiceClient) -> None:
    await publish_all(registry)
    async with registry.state.sessions() as session:
        wanted = select(Body.closed_on).join(Appointment).where(Appointment.stale_at.is_not(None))
        assert {*(await session.scalars(wanted))} <= {None}
        changes = select(func.count()).where(Change.type == EVENT)
        imported = select(func.count()).where(Appointment.stale_at.is_not(None), Appointment.imported)
        assert (await session.scalar(changes) or 0) >= (await session.scalar(imported) or 0) > 0


async def test_two_workers_at_once_tell_each_of_twenty_once(
    registry: ServiceClient, imported: Settings, session_for: SessionFor
) -> None:
    await publish_all(registry)
    session = await session_for("registry")
    ids = (
        await session.scalars(select(Body.id).where(Body.kind == "icb", Body.closed_on.is_(None)).limit(10))
    ).all()
    role = a_role()
    async with registry.state.sessions.begin() as given:
        given.add_all(an_old_one(body_id, role) for body_id in ids for _ in range(2))
    engine = make_engine(imported)
    try:
        sessions = make_sessions(engine)

        async def work() -> None:
            async with sessions.begin() as mine:
                await publish_stale(mine)

        await asyncio.gather(*(work() for _ in range(4)))
        await publish_all(registry)
    finally:
        await engine.dispose()
    found = await session.scalars(select(Change).where(Change.type == EVENT, Change.state.contains(role)))
    rows = found.all()
    assert (len(rows), {each.reason for each in rows}) == (20, {STALE})
    versions = dict((await session.execute(select(Body.id, Body.version).where(Body.id.in_(ids)))).all())
    last = {each.record_id: each.version for each in sorted(rows, key=lambda each: each.position)}
    assert last == versions


def an_old_one(body_id: Any, role: str) -> Appointment:
    """Return an appointment that nobody has verified for long."""
    known_on = clock.now().date() - timedelta(days=400)
    return Appointment(
        body_id=body_id, role=role, status="vacant", known_on=known_on, source="a test", act_id=None
    )
