"""`doorway feedback sending`: what waits, and letting it go."""

import asyncio
import json

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from typer.testing import CliRunner

from services.feedback.cli import app
from services.feedback.sending import commands
from services.feedback.sending.models import Sending
from services.feedback.settings import Settings
from shared.clock import now
from shared.events.feedback import TellingsReleased
from shared.ids import new_id
from shared.outbox import Outbox
from tests.fixtures.clients import ServiceClient


async def released_by(session: AsyncSession) -> list[tuple[str, str, str]]:
    """What the audit is told of releases."""
    bodies = await session.scalars(select(Outbox.body).where(Outbox.type == TellingsReleased.type))
    found = [json.loads(each)["data"] for each in bodies]
    return [(each["action"], each["actor"], each["role"]) for each in found]


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
    for nobody in ([], ["--by", "doorway"], ["--by", "by rule"], ["--by", "jo@example.org"]):
        refused = await asyncio.to_thread(CliRunner().invoke, app, ["sending", "release", *nobody])
        assert refused.exit_code == 2, nobody
    async with service.state.sessions() as session:
        assert (await session.get_one(Sending, held.id)).state == "held"
        assert await released_by(session) == []
    done = await asyncio.to_thread(CliRunner().invoke, app, ["sending", "release", "--by", "jd-17"])
    assert (done.exit_code, "released" in done.output) == (0, True)
    async with service.state.sessions() as session:
        found = await session.get_one(Sending, held.id)
        assert (found.state, found.person_ref) == ("waiting", None)
        assert await released_by(session) == [("tellings_released", "jd-17", "operator")]
    await asyncio.to_thread(CliRunner().invoke, app, ["sending", "release", "--by", "jd-17"])
    async with service.state.sessions() as session:
        assert len(await released_by(session)) == 1  # nothing was held any more
