"""`doorway feedback sending`: what waits, and letting it go."""

import asyncio

import pytest
from typer.testing import CliRunner

from services.feedback.cli import app
from services.feedback.sending import commands
from services.feedback.sending.models import Sending
from services.feedback.settings import Settings
from shared.clock import now
from shared.ids import new_id
from tests.fixtures.clients import ServiceClient


async def test_what_is_held_is_counted_and_let_go(
    service: ServiceClient, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "Settings", lambda: settings)
    held = Sending(
        id=new_id(),
        version=1,
        loop_id=new_id(),
        feedback_id=new_id(),
        kind="changed",
        demonstration=False,
        requested_at=now(),
        state="held",
        reason="sending_is_held",
    )
    async with service.state.sessions.begin() as session:
        session.add(held)
    said = await asyncio.to_thread(CliRunner().invoke, app, ["sending", "status"])
    assert "Sending is on hold: nobody gets mail" in said.output
    assert "held (sending_is_held)" in said.output
    done = await asyncio.to_thread(CliRunner().invoke, app, ["sending", "release"])
    assert (done.exit_code, "released" in done.output) == (0, True)
    async with service.state.sessions() as session:
        found = await session.get_one(Sending, held.id)
        assert (found.state, found.person_ref) == ("waiting", None)
