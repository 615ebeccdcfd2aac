"""Five thousand random steps of several people, against a plain model of the rules."""

import pytest
from sqlalchemy import func, select

from services.loop.commitments.domain import slip_overdue
from services.loop.history.domain import check_history
from services.loop.models import Loop
from services.loop.records import Clock, Commitment
from shared.clock import clock, today
from shared.events.feedback import FeedbackRead
from shared.outbox import Outbox
from tests.fixtures.clients import ServiceClient
from tests.loop.conftest import Publish
from tests.loop.examples import feedback, footprint, organisation, tell
from tests.loop.tries import Tries
from tests.loop.world import Case, World

STEPS = 5_000
SEED = 20_160_331
MODELLED_CLOCKS = ("acknowledge", "read", "decide", "revisit")


@pytest.fixture
async def world(service: ServiceClient, publish: Publish, monkeypatch: pytest.MonkeyPatch) -> World:
    """A world with a board, another body and a piece of feedback; its time is the clock's."""
    said = feedback()
    made = Tries(service.state.sessions, SEED, said)
    board, other = made.bodies["board"], made.bodies["other"]
    made.said = said.model_copy(update={"organisations": (board,)})
    await publish(
        footprint(footprint_id=board),
        organisation(organisation_id=other),
        made.said,
    )
    monkeypatch.setattr(clock, "source", lambda: made.now)
    return made


async def slip(world: World) -> None:
    """Count in the database and in the model what is overdue, as the timer does."""
    for case in world.cases:
        case.model.slip(today())
    counted = 1
    while counted:
        async with world.sessions.begin() as session:
            counted = await slip_overdue(session)
    async with world.sessions() as session:
        found = await session.scalars(select(Loop).where(Loop.id.in_([case.id for case in world.cases])))
        versions = {loop.id: loop.version for loop in found}
    for case in world.cases:
        case.version = versions[case.id]


async def read_feedback(world: World) -> None:
    """Let a person read what was said, in the database and in the model."""
    world.read_at = world.now
    event = FeedbackRead(**world.said.model_dump() | {"read_at": world.now})
    async with world.sessions.begin() as session:
        await tell(session, event, sequence=2)
    for case in [*world.cases, *world.done]:
        case.model.meet("read")


async def test_five_thousand_steps_agree_with_the_rules(world: World) -> None:
    for number in range(STEPS):
        await world.step()
        if number == STEPS // 2:
            await read_feedback(world)
        if number % 50 == 0:
            await slip(world)
    for case in [*world.cases, *world.done]:
        await agrees(world, case)
    refused = {name.split()[1] for name in world.met} - {"done"}
    assert len(refused) >= 15, world.met
    assert sum(count for name, count in world.met.items() if name.endswith(" done")) > STEPS / 8


async def agrees(world: World, case: Case) -> None:
    """Compare states, counters, clocks and chain at the end."""
    model = case.model
    async with world.sessions() as session:
        loop = await session.get_one(Loop, case.id)
        assert (loop.state, loop.history_length, loop.slips) == (model.state, model.length, model.slips)
        assert (await check_history(session, case.id)).intact
        sent = select(func.count(), func.max(Outbox.sequence)).where(Outbox.aggregate_id == case.id)
        assert tuple((await session.execute(sent)).one()) == (loop.version, loop.version)
        made = await session.scalars(select(Commitment).where(Commitment.loop_id == case.id))
        found = {each.id: each for each in made}
        for promise_id, promise in zip(case.promises, model.promises, strict=True):
            real = found.pop(promise_id)
            assert (real.due_on, real.original_due_on, real.slips) == (
                promise.due,
                promise.first_due,
                promise.slips,
            )
            assert (real.kept_at is not None, real.accepted_by) == (promise.kept, promise.accepted_by)
        assert found == {}
        rows = (await session.scalars(select(Clock).where(Clock.loop_id == case.id))).all()
    timed = [row for row in rows if row.kind in MODELLED_CLOCKS]
    assert sorted((row.kind, row.started_at) for row in timed if row.met_at is None) == sorted(model.clocks)
    assert sorted((row.kind, row.started_at) for row in timed if row.met_at) == sorted(model.met)
