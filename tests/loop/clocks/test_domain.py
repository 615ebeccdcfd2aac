"""Clocks start at the instant that the table names, end on the right day, and one of a kind runs."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.clocks.domain import LIMITS, draft_opens_after, is_switched_off, meet_clock, start_clock
from services.loop.models import FeedbackCopy, Loop
from services.loop.records import Clock
from shared.clock import day_in_england
from shared.ids import new_id
from tests.fixtures.clients import ServiceClient
from tests.loop.conftest import Publish, SetTime
from tests.loop.scenes import Scene, decision, scene_of

WEDNESDAY_BEFORE_EASTER = datetime(2026, 4, 1, 15, tzinfo=UTC)


async def clocks_of(scene: Scene) -> dict[str, Clock]:
    """The newest clock of each kind."""
    async with scene.service.state.sessions() as session:
        wanted = select(Clock).where(Clock.loop_id == scene.loop["id"]).order_by(Clock.id)
        return {clock.kind: clock for clock in await session.scalars(wanted)}


async def a_loop(session: AsyncSession) -> Loop:
    """A loop that is open."""
    loop = Loop(
        id=new_id(),
        version=1,
        state="open",
        title="t",
        you_said="y",
        raised_by="body",
        client_id=new_id(),
        actor="a",
        actor_role="r",
        drafted_at=WEDNESDAY_BEFORE_EASTER,
        links=[],
        clocks=[],
    )
    session.add(loop)
    await session.flush()
    return loop


def test_the_limits_are_those_that_were_promised() -> None:
    day = date(2026, 4, 1)
    found = {kind: limit.due_on(day) for kind, limit in LIMITS.items()}
    assert found == {
        "acknowledge": date(2026, 4, 8),
        "read": date(2026, 4, 10),
        "look": date(2026, 4, 10),
        "decide": date(2026, 5, 1),
        "update": date(2026, 6, 30),
        "verdict": date(2026, 4, 29),
        "revisit": day,
    }
    assert draft_opens_after(WEDNESDAY_BEFORE_EASTER) == datetime(2026, 4, 10, 22, 59, 59, 999999, tzinfo=UTC)


async def test_a_clock_takes_the_place_of_the_one_that_ran(session: AsyncSession) -> None:
    loop, at = await a_loop(session), WEDNESDAY_BEFORE_EASTER
    start_clock(loop, "update", at)
    start_clock(loop, "update", at + timedelta(days=1))
    start_clock(loop, "revisit", at, due_on=date(2027, 1, 4))
    meet_clock(loop, "update", at + timedelta(days=2))
    mine = select(Clock).where(Clock.loop_id == loop.id).execution_options(populate_existing=True)
    found = (await session.scalars(mine.order_by(Clock.id))).all()
    assert [clock.met_at and (clock.met_at - at).days for clock in found] == [1, 2, None]
    assert day_in_england(found[2].due_at) == date(2027, 1, 4)


async def test_steps_start_and_meet_their_clocks(
    service: ServiceClient, publish: Publish, set_time: SetTime
) -> None:
    set_time(WEDNESDAY_BEFORE_EASTER)
    scene = await scene_of(service, publish)
    await scene.done(scene.lead, "opening", {"moderated": True})
    opened = await clocks_of(scene)
    assert {kind: day_in_england(clock.due_at) for kind, clock in opened.items()} == {
        "acknowledge": date(2026, 4, 8),
        "read": date(2026, 4, 10),
    }
    step = await scene.example("acknowledgement")
    assert step["due_on"] == "2026-04-08"
    set_time(WEDNESDAY_BEFORE_EASTER + timedelta(days=1))
    await scene.done(scene.lead, "acknowledgement", await scene.previewed())
    heard = await clocks_of(scene)
    assert heard["acknowledge"].met_at == WEDNESDAY_BEFORE_EASTER + timedelta(days=1)
    assert day_in_england(heard["decide"].due_at) == date(2026, 5, 5)
    assert day_in_england(heard["update"].due_at) == date(2026, 7, 1)
    set_time(WEDNESDAY_BEFORE_EASTER + timedelta(days=9))
    await scene.done(scene.lead, "decisions", decision("cannot", revisit_on="2027-04-10"))
    declined = await clocks_of(scene)
    assert declined["decide"].met_at is not None
    assert day_in_england(declined["update"].due_at) == date(2026, 7, 9)
    assert (day_in_england(declined["revisit"].due_at), declined["revisit"].met_at) == (
        date(2027, 4, 10),
        None,
    )


@pytest.mark.parametrize(
    ("kinds", "started"),
    [
        (["survey_response"] * 2, {"update"}),
        (["survey_response", "story"], {"read", "acknowledge", "decide", "update"}),
    ],
)
async def test_nobody_waits_for_an_answer_to_scores(
    service: ServiceClient, publish: Publish, kinds: list[str], started: set[str]
) -> None:
    scene = await scene_of(service, publish, heard=[{"kind": kind} for kind in kinds])
    await scene.acknowledged()
    assert set(await clocks_of(scene)) == started


def test_only_feedback_that_is_known_switches_clocks_off() -> None:
    score = FeedbackCopy(kind="survey_response")
    assert is_switched_off("decide", [score])
    assert not any(is_switched_off("decide", linked) for linked in ([], [score, None]))
    assert not any(is_switched_off(kind, [score]) for kind in ("update", "verdict", "revisit"))
