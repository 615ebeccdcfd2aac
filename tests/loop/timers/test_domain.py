"""What time brings: each limit is told of once, also by many workers at once, and drafts open."""

import asyncio
import json
from collections import Counter
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from services.loop.clocks.working_days import end_of
from services.loop.models import Loop
from services.loop.timers.domain import announce_clocks, open_draft
from shared.outbox import Outbox
from tests.fixtures.clients import ServiceClient
from tests.loop.conftest import Publish, SetTime
from tests.loop.examples import feedback
from tests.loop.scenes import Scene, decision, scene_of

MONDAY = datetime(2026, 6, 1, 9, tzinfo=UTC)
DAY = timedelta(days=1)


async def tell_all(service: ServiceClient) -> None:
    """Tell of all clocks, as one worker does."""
    done = 1
    while done:
        async with service.state.sessions.begin() as session:
            done = await announce_clocks(session)


async def open_all(service: ServiceClient) -> None:
    """Open all drafts whose time has come, as one worker does."""
    last = None
    while True:
        async with service.state.sessions.begin() as session:
            last = await open_draft(session, last)
        if last is None:
            return


async def told_of(scene: Scene) -> Counter[str]:
    """How often each event of clocks was published for a loop."""
    async with scene.service.state.sessions() as session:
        wanted = select(Outbox).where(Outbox.aggregate_id == scene.loop["id"]).order_by(Outbox.sequence)
        events = [(row.type, json.loads(row.body)["data"]) for row in await session.scalars(wanted)]
    return Counter(f"{type_} {said['clock']}" for type_, said in events if ".clock_" in type_)


async def open_loop(service: ServiceClient, publish: Publish, voices: int = 1) -> Scene:
    """A loop that has been opened."""
    scene = await scene_of(service, publish, voices=voices)
    await scene.done(scene.lead, "opening", {"moderated": True})
    return scene


async def test_a_limit_is_told_of_when_it_is_near_and_when_it_is_missed(
    service: ServiceClient, publish: Publish, set_time: SetTime
) -> None:
    set_time(MONDAY)
    scene = await open_loop(service, publish)
    near, missed = {"loop.clock_due_soon.v1 acknowledge": 1}, {"loop.clock_breached.v1 acknowledge": 1}
    due = end_of((MONDAY + 3 * DAY).date())
    for moment, wanted in (
        (MONDAY + DAY, {}),
        (MONDAY + 2 * DAY, near),
        (due, near),
        (due + timedelta(microseconds=1), near | missed),
        (due + 9 * DAY, near | missed),
    ):
        set_time(moment)
        await tell_all(service)
        assert await told_of(scene) == wanted
    version = (await scene.read())["version"]
    await scene.acknowledged()
    assert scene.loop["version"] > version


async def test_a_limit_that_passed_unseen_is_only_told_of_as_missed(
    service: ServiceClient, publish: Publish, set_time: SetTime
) -> None:
    set_time(MONDAY)
    scene = await open_loop(service, publish)
    set_time(MONDAY + 30 * DAY)
    await tell_all(service)
    assert await told_of(scene) == {"loop.clock_breached.v1 acknowledge": 1}


async def test_many_workers_tell_of_each_limit_once(
    service: ServiceClient, publish: Publish, set_time: SetTime
) -> None:
    set_time(MONDAY)
    scenes = [await open_loop(service, publish) for _ in range(8)]
    for moment in (MONDAY + 2 * DAY, MONDAY + 30 * DAY):
        set_time(moment)
        await asyncio.gather(*(tell_all(service) for _ in range(4)))
    for scene in scenes:
        assert await told_of(scene) == {
            "loop.clock_due_soon.v1 acknowledge": 1,
            "loop.clock_breached.v1 acknowledge": 1,
        }


async def test_a_limit_that_was_met_is_told_of_no_more(
    service: ServiceClient, publish: Publish, set_time: SetTime
) -> None:
    set_time(MONDAY)
    scene = await open_loop(service, publish)
    await scene.acknowledged()
    await scene.done(scene.lead, "decisions", decision())
    set_time(MONDAY + 40 * DAY)
    await tell_all(service)
    assert await told_of(scene) == {}


async def test_a_day_to_look_again_is_told_of(
    service: ServiceClient, publish: Publish, set_time: SetTime
) -> None:
    set_time(MONDAY)
    scene = await open_loop(service, publish)
    await scene.decided("cannot", revisit_on="2026-07-15")
    for day in (44, 46):
        set_time(MONDAY + day * DAY)
        await tell_all(service)
    found = await told_of(scene)
    assert {name: found[name] for name in found if "revisit" in name} == {
        "loop.clock_due_soon.v1 revisit": 1,
        "loop.clock_breached.v1 revisit": 1,
    }


async def state_of(scene: Scene) -> str:
    """The state of a loop."""
    async with scene.service.state.sessions() as session:
        return str(await session.scalar(select(Loop.state).where(Loop.id == scene.loop["id"])))


async def test_a_draft_opens_after_five_working_days_without_its_words(
    service: ServiceClient, publish: Publish, set_time: SetTime
) -> None:
    set_time(MONDAY)
    scene = await scene_of(service, publish)
    set_time(end_of((MONDAY + 7 * DAY).date()))
    await open_all(service)
    assert await state_of(scene) == "draft"
    set_time(MONDAY + 8 * DAY)
    await asyncio.gather(*(open_all(service) for _ in range(3)))
    shown = (await service.get(scene.path)).json()
    assert (shown["state"], shown["title"], shown["you_said"]) == ("open", None, None)
    assert (await service.get(f"{scene.path}/timeline")).json()["items"][-1]["by"]["role"] == "rule"


async def test_a_draft_that_cannot_open_stays_one_and_holds_up_no_other(
    service: ServiceClient, publish: Publish, set_time: SetTime
) -> None:
    set_time(MONDAY)
    empty, complained, fine = (
        await scene_of(service, publish, voices=0),
        *([await scene_of(service, publish) for _ in range(2)]),
    )
    said = complained.said[0]
    await publish(feedback(*said.organisations, feedback_id=said.feedback_id, kind="complaint"), sequence=2)
    set_time(MONDAY + 30 * DAY)
    await open_all(service)
    assert [await state_of(scene) for scene in (empty, complained, fine)] == ["draft", "draft", "open"]
