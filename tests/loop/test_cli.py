"""What can be done with the loop from the command line."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import select, update
from typer.testing import CliRunner, Result

from services.loop.cli import app
from services.loop.history.chain import hash_of
from services.loop.records import Decision, HistoryText
from services.loop.sums.folding import fold_changes
from services.loop.sums.models import LoopCounted
from shared.bus import broker_connection, ensure_streams
from shared.outbox import Outbox
from tests.fixtures.clients import ServiceClient
from tests.fixtures.databases import ServiceSettings
from tests.loop.conftest import Publish
from tests.loop.examples import footprint
from tests.loop.loops.test_routes import client, draft
from tests.loop.scenes import scene_of


@pytest.fixture
def run(
    service_settings: ServiceSettings, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Awaitable[Result]]:
    """A function that runs a command on this worker's database."""
    for name, value in service_settings("loop").items():
        monkeypatch.setenv(f"LOOP_{name.upper()}", str(value))

    async def invoke(*words: str) -> Result:
        return await asyncio.to_thread(CliRunner().invoke, app, list(words))

    return invoke


async def test_verify_says_what_was_changed_in_the_database(
    service: ServiceClient, publish: Publish, run: Callable[..., Awaitable[Result]]
) -> None:
    scene = await scene_of(service, publish)
    await scene.decided()
    intact = await run("verify", scene.loop["id"])
    assert (intact.exit_code, "intact  4 entries" in intact.output) == (0, True)
    assert intact.output.endswith("1 checked, 0 broken.\n")
    async with service.state.sessions.begin() as session:
        decision = update(Decision).where(Decision.loop_id == scene.loop["id"])
        await session.execute(decision.values(reason="Because."))
        await session.execute(decision.values(forum="Elsewhere"))
    broken = await run("verify", scene.loop["id"])
    assert (broken.exit_code, "BROKEN at entry 4" in broken.output) == (1, True)
    assert (await run("verify", "--all")).exit_code == 1
    assert (await run("verify")).exit_code == 2
    assert (await run("verify", scene.loop["id"], "--all")).exit_code == 2


async def test_mask_again_masks_what_earlier_rules_masked(
    service: ServiceClient, publish: Publish, run: Callable[..., Awaitable[Result]]
) -> None:
    scene = await scene_of(service, publish)
    await run("mask-again")
    mine = update(HistoryText).where(HistoryText.loop_id == scene.loop["id"]).values(masked_with=0)
    async with service.state.sessions.begin() as session:
        texts = (await session.scalars(mine.returning(HistoryText.field))).all()
    assert "loop.title" in texts
    assert (await run("mask-again")).output == f"{len(texts)} texts masked again.\n"
    assert (await run("mask-again")).output == "0 texts masked again.\n"


async def test_verify_names_the_event_that_carries_another_head(
    service: ServiceClient,
    publish: Publish,
    run: Callable[..., Awaitable[Result]],
    owner_url: Callable[[str], str],
) -> None:
    scene = await scene_of(service, publish)
    await scene.acknowledged()
    loop_id = scene.loop["id"]
    async with service.state.sessions() as session:
        sent = (await session.scalars(select(Outbox).where(Outbox.aggregate_id == loop_id))).all()
    async with broker_connection(service.state.settings.nats_url, "test") as broker:
        await ensure_streams(broker.jetstream(), 1, "loop")
        for each in sent:
            await broker.jetstream().publish(f"{each.type}.{loop_id}", each.body.encode())
    intact = await run("verify", loop_id, "--against-stream")
    assert (intact.exit_code, intact.output.endswith("1 checked, 0 broken.\n")) == (0, True)
    last = next(each for each in sent if each.type == "loop.acknowledged.v1")
    owner = await asyncpg.connect(owner_url("loop"))
    try:
        body = await owner.fetchval(
            "SELECT body FROM history_entry WHERE loop_id = $1 AND position = 3", UUID(loop_id)
        )
        forged = body.replace("lead-1", "lead-2")
        changed = "UPDATE history_entry SET body = $2, hash = $3 WHERE loop_id = $1 AND position = 3"
        await owner.execute(changed, UUID(loop_id), forged, hash_of(forged))
        await owner.execute("UPDATE loop SET history_head = $2 WHERE id = $1", UUID(loop_id), hash_of(forged))
    finally:
        await owner.close()
    assert (await run("verify", loop_id)).exit_code == 0
    broken = await run("verify", loop_id, "--against-stream")
    assert broken.exit_code == 1
    named = f"{loop_id}  DIFFERS  The event {last.id} ({last.type}) carries another head at position 3."
    assert named in broken.output


async def test_recount_puts_wrong_sums_right(
    service: ServiceClient, publish: Publish, run: Callable[..., Awaitable[Result]]
) -> None:
    scene = await scene_of(service, publish)
    await scene.acknowledged()
    loop_id = UUID(scene.loop["id"])
    await run("recount")
    wrong = update(LoopCounted).where(LoopCounted.loop_id == loop_id).values(cells={"loops": 2})
    async with service.state.sessions.begin() as session:
        while await fold_changes(session):
            pass
        await session.execute(wrong)
    repaired = (await run("recount")).output
    assert "\nPut right: what 1 loops add, and 0 sums.\n" not in repaired
    assert "\nPut right: what 1 loops add, and " in repaired
    assert (await run("recount")).output.endswith("\nPut right: what 0 loops add, and 0 sums.\n")


async def test_republish_sends_every_state_again_under_its_version(
    service: ServiceClient,
    publish: Publish,
    service_settings: ServiceSettings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    board = footprint()
    await publish(board)
    made = await client(service, board.footprint_id).post("/v1/loops", json=draft(board.footprint_id))
    for name, value in service_settings("loop").items():
        monkeypatch.setenv(f"LOOP_{name.upper()}", str(value))
    done = await asyncio.to_thread(CliRunner().invoke, app, ["republish"])
    assert (done.exit_code, done.output.endswith("loops published again.\n")) == (0, True)
    async with service.state.sessions() as session:
        loop_id = made.json()["id"]
        sent = (await session.scalars(select(Outbox).where(Outbox.aggregate_id == loop_id))).all()
    assert [event.sequence for event in sent] == [1, 1]
    assert sent[0].id != sent[1].id
