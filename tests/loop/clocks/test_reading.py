"""What was said is read by a person within five working days of its receipt, and a miss is told of once."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, update

from services.loop.clocks.working_days import end_of
from services.loop.models import FeedbackCopy
from services.loop.records import Clock
from shared.clock import day_in_england
from shared.events.feedback import FeedbackErased, FeedbackRead
from tests.fixtures.clients import ServiceClient
from tests.loop.clocks.test_domain import clocks_of
from tests.loop.conftest import Publish, SetTime
from tests.loop.scenes import Scene, scene_of
from tests.loop.timers.test_domain import tell_all, told_of

MONDAY = datetime(2026, 6, 1, 9, tzinfo=UTC)
DAY = timedelta(days=1)
NEAR, MISSED = {"loop.clock_due_soon.v1 read": 1}, {"loop.clock_breached.v1 read": 1}


def feedback_read(scene: Scene, number: int, at: datetime) -> FeedbackRead:
    """The event that a person read one piece of the scene's feedback."""
    return FeedbackRead(**scene.said[number].model_dump() | {"read_at": at})


async def reading(scene: Scene) -> Clock:
    """The clock of reading."""
    return (await clocks_of(scene))["read"]


async def open_loop(service: ServiceClient, publish: Publish, *heard: dict[str, Any]) -> Scene:
    """An open loop whose body has acknowledged it, so that only reading is left for days."""
    scene = await scene_of(service, publish, heard=heard)
    await scene.acknowledged()
    return scene


async def test_it_runs_from_the_earliest_receipt_until_all_is_read(
    service: ServiceClient, publish: Publish, set_time: SetTime
) -> None:
    set_time(MONDAY + 2 * DAY)
    scene = await scene_of(service, publish, heard=[{"received_at": MONDAY + day * DAY} for day in (1, 0, 2)])
    for number, due_on in ((1, date(2026, 6, 8)), (0, date(2026, 6, 9)), (2, date(2026, 6, 10))):
        clock = await reading(scene)
        assert (day_in_england(clock.due_at), clock.met_at) == (due_on, None)
        await publish(feedback_read(scene, number, MONDAY + (3 + number) * DAY), sequence=2)
    clock = await reading(scene)
    assert (day_in_england(clock.due_at), clock.met_at) == (due_on, MONDAY + 5 * DAY)


async def test_feedback_that_was_read_before_has_met_it(
    service: ServiceClient, publish: Publish, set_time: SetTime
) -> None:
    set_time(MONDAY + 20 * DAY)
    heard = {"received_at": MONDAY, "read_at": MONDAY + DAY}
    scene = await open_loop(service, publish, heard)
    clock = await reading(scene)
    assert (clock.started_at, clock.met_at) == (MONDAY, MONDAY + DAY)
    await tell_all(service)
    assert await told_of(scene) == {}


async def test_a_limit_of_reading_is_told_of_once_when_it_is_near_and_when_it_is_missed(
    service: ServiceClient, publish: Publish, set_time: SetTime
) -> None:
    set_time(MONDAY)
    scene = await open_loop(service, publish, {})
    due = end_of(date(2026, 6, 8))
    for moment, wanted in (
        (MONDAY + DAY, {}),
        (MONDAY + 2 * DAY, {}),
        (due, NEAR),
        (due + DAY, NEAR | MISSED),
        (due + 2 * DAY, NEAR | MISSED),
    ):
        set_time(moment)
        await tell_all(service)
        assert await told_of(scene) == wanted
    await publish(feedback_read(scene, 0, due + 2 * DAY), sequence=2)
    clock = await reading(scene)
    assert (clock.due_at, clock.met_at) == (due, due + 2 * DAY)


async def test_a_breach_stays_one_while_later_feedback_is_unread(
    service: ServiceClient, publish: Publish, set_time: SetTime
) -> None:
    set_time(MONDAY)
    scene = await open_loop(service, publish, {}, {"received_at": MONDAY + 3 * DAY})
    set_time(MONDAY + 8 * DAY)
    await tell_all(service)
    await publish(feedback_read(scene, 0, MONDAY + 8 * DAY), sequence=2)
    clock = await reading(scene)
    assert (clock.due_at, clock.breached_at) == (end_of(date(2026, 6, 8)), MONDAY + 8 * DAY)


async def test_what_a_drafts_clock_says_is_told_when_the_draft_is_open(
    service: ServiceClient, publish: Publish, set_time: SetTime
) -> None:
    set_time(MONDAY)
    scene = await scene_of(service, publish, heard=[{}])
    set_time(MONDAY + 10 * DAY)
    await tell_all(service)
    assert await told_of(scene) == {}
    await scene.acknowledged()
    await tell_all(service)
    assert await told_of(scene) == MISSED


async def test_nobody_has_to_read_what_was_taken_back(
    service: ServiceClient, publish: Publish, set_time: SetTime
) -> None:
    set_time(MONDAY)
    scene = await scene_of(service, publish, heard=[{}])
    await publish(FeedbackErased(**scene.said[0].model_dump() | {"state": "erased"}), sequence=2)
    assert (await reading(scene)).met_at == MONDAY


async def test_copies_that_are_being_made_again_meet_nothing(
    service: ServiceClient, publish: Publish
) -> None:
    scene = await scene_of(service, publish, heard=[{}, {}])
    async with service.state.sessions.begin() as session:
        lost = FeedbackCopy.id == scene.said[0].feedback_id
        await session.execute(delete(FeedbackCopy).where(lost))
    await publish(feedback_read(scene, 1, MONDAY), sequence=2)
    assert (await reading(scene)).met_at is None


async def test_two_that_are_read_at_once_meet_it_together(service: ServiceClient, publish: Publish) -> None:
    for _ in range(5):
        scene = await scene_of(service, publish, heard=[{}, {}])
        await asyncio.gather(
            *(publish(feedback_read(scene, number, MONDAY), sequence=2) for number in range(2))
        )
        assert (await reading(scene)).met_at == MONDAY


async def test_what_was_read_while_the_loop_was_drafted_is_not_told_of_as_missed(
    service: ServiceClient, publish: Publish, set_time: SetTime
) -> None:
    set_time(MONDAY)
    scene = await open_loop(service, publish, {})
    async with service.state.sessions.begin() as session:
        mine = update(FeedbackCopy).where(FeedbackCopy.id == scene.said[0].feedback_id)
        await session.execute(mine.values(read_at=MONDAY + DAY))
    set_time(MONDAY + 8 * DAY)
    await tell_all(service)
    assert (await told_of(scene), (await reading(scene)).met_at) == ({}, MONDAY + DAY)
