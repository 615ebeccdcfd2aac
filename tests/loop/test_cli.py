"""What can be done with the loop from the command line."""

import asyncio

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from services.loop.cli import app
from shared.outbox import Outbox
from tests.fixtures.clients import ServiceClient
from tests.fixtures.databases import ServiceSettings
from tests.loop.conftest import Told
from tests.loop.examples import footprint
from tests.loop.loops.test_routes import client, draft


async def test_republish_sends_every_state_again_under_its_version(
    service: ServiceClient, told: Told, service_settings: ServiceSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    board = footprint()
    await told(board)
    made = await client(service, board.footprint_id).post("/v1/loops", json=draft(board.footprint_id))
    for name, value in service_settings("loop").items():
        monkeypatch.setenv(f"LOOP_{name.upper()}", str(value))
    done = await asyncio.to_thread(CliRunner().invoke, app, ["republish"])
    assert (done.exit_code, done.output.endswith("loops sent again.\n")) == (0, True)
    async with service.app.state.sessions() as session:
        loop_id = made.json()["id"]
        sent = (await session.scalars(select(Outbox).where(Outbox.aggregate_id == loop_id))).all()
    assert [event.sequence for event in sent] == [1, 1]
    assert sent[0].id != sent[1].id
