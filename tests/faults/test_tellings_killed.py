"""Whatever dies while people are told: nobody is told twice by another mail, and nobody is forgotten.

What SMTP cannot promise: when the server took a mail and the worker died before it heard so, the same mail,
byte for byte and under the same Message-ID, is sent once more.
"""

import asyncio
import contextlib
import os
import random
import re
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from services.feedback.codes import ReplyKeys
from services.feedback.contributors.models import Reach
from services.feedback.main import create_app as feedback_app
from services.feedback.sending.models import Sending
from services.feedback.settings import Settings as FeedbackSettings
from services.loop.main import create_app as loop_app
from services.loop.records import Telling
from services.loop.settings import Settings as LoopSettings
from shared.ids import new_id
from tests.feedback.examples import tell as tell_feedback
from tests.feedback.sending.sink import Sink, sink_running
from tests.fixtures.clients import AppClient, ServiceClient
from tests.fixtures.databases import ServiceSettings
from tests.loop.examples import footprint
from tests.loop.examples import tell as tell_loop
from tests.loop.scenes import decision, person

PEOPLE = 8
PATIENCE_SECONDS = 240
CODE = re.compile(r"code for this is ([0-9A-Z-]{14})\.")


class Worker:
    """A worker's process, started again whenever it dies."""

    def __init__(self, service: str, settings: dict[str, Any], folder: Path) -> None:
        self.service, self.ready = service, folder / service
        settings = settings | {"ready_file": self.ready}
        named = {f"{service.upper()}_{name.upper()}": str(value) for name, value in settings.items()}
        self.environment = os.environ | named
        self.process: asyncio.subprocess.Process | None = None
        self.kills = 0

    async def keep(self) -> None:
        """Keep it running until cancelled."""
        try:
            while True:
                command = (sys.executable, "-m", f"services.{self.service}.worker")
                self.process = await asyncio.create_subprocess_exec(*command, env=self.environment)
                await self.process.wait()
        finally:
            self.kill()
            if self.process:
                await self.process.wait()

    async def until_ready(self) -> None:
        """Wait until it is at work for the first time."""
        for _ in range(600):
            if await asyncio.to_thread(self.ready.exists):
                return
            await asyncio.sleep(0.1)
        raise TimeoutError(self.service)

    def kill(self) -> None:
        """Let it die without a word, if it runs."""
        if self.process and self.process.returncode is None:
            self.kills += 1
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.process.pid, signal.SIGKILL)


class Town:
    """Two services with their workers, a mail server, and the people of a board."""

    def __init__(
        self, loop: ServiceClient, feedback: ServiceClient, sink: Sink, workers: list[Worker]
    ) -> None:
        self.loop, self.feedback, self.sink, self.workers = loop, feedback, sink, workers
        self.board = footprint()
        self.lead = person(loop, self.board.footprint_id, "engagement", "lead-1")
        self.said: list[dict[str, Any]] = []

    async def settle(self) -> None:
        """Let both services know the board, and people say something."""
        async with self.loop.state.sessions.begin() as session:
            await tell_loop(session, self.board)
        await tell_feedback(self.feedback, self.board)
        partner = self.feedback.as_(client_id=new_id(), organisation_id=new_id(), scopes=("feedback:write",))
        for number in range(PEOPLE):
            contributor = {"channel": "email", "address": f"p{number}@{self.board.footprint_id.hex}.example"}
            body = {
                "kind": "comment",
                "text": "Too slow.",
                "footprint": str(self.board.footprint_id),
                "permissions": {"contact": "yes"},
                "contributor": contributor,
            }
            self.said.append(await until_made(partner, "/v1/feedback", body))

    async def decline(self) -> dict[str, Any]:
        """Acknowledge and decline: each asks for everybody to be told."""
        linked = [each["id"] for each in self.said]
        body = {
            "title": "Time",
            "you_said": "Too slow.",
            "footprint": str(self.board.footprint_id),
            "feedback_ids": linked,
        }
        loop = await until_made(self.lead, "/v1/loops", body)
        path = f"/v1/loops/{loop['id']}"
        preview_id = (await self.lead.get(f"{path}/tellings/preview")).json()["preview_id"]
        heard = {"preview_id": preview_id, "moderated": True}
        loop = await self.step(f"{path}/acknowledgement", heard, loop["version"])
        return await self.step(f"{path}/decisions", decision("cannot"), loop["version"])

    async def step(self, path: str, body: Any, version: int) -> dict[str, Any]:
        """Take a step."""
        answer = await self.lead.post(path, json=body, headers={"If-Match": f'"{version}"'})
        assert answer.is_success, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def tellings(self, loop_id: UUID) -> list[Telling]:
        """The loop's tellings."""
        async with self.loop.state.sessions() as session:
            return list(await session.scalars(select(Telling).where(Telling.loop_id == loop_id)))

    async def mailed_codes(self) -> list[str]:
        """The codes that only mail carries, one for each person."""
        keys = ReplyKeys(self.feedback.part(FeedbackSettings).reply_key)
        mine = Reach.feedback_id.in_([UUID(each["id"]) for each in self.said])
        async with self.feedback.state.sessions() as session:
            found = await session.scalars(select(Reach).where(mine))
            return [keys.mailed_code_of(each.id, each.address_number) for each in found]

    async def is_told(self, loop_id: UUID) -> bool:
        """Tell whether everybody heard the three things that there are to tell."""
        tellings = await self.tellings(loop_id)
        return len(tellings) == 3 * PEOPLE and all(each.state == "delivered" for each in tellings)


async def until_made(client: ServiceClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """Make something, and again as the answer says while what it names is not there yet."""
    for _ in range(60):
        answer = await client.post(path, json=body)
        if answer.status_code != 409:
            break
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.fixture
async def town(
    app_client: AppClient, service_settings: ServiceSettings, tmp_path: Path
) -> AsyncIterator[Town]:
    """A town whose workers run, and which can be told by mail."""
    async with sink_running() as sink:
        mail = {"sending": "live", "smtp_port": sink.port, "sending_batch_seconds": 0.1}
        feedback = service_settings("feedback", nats_ack_seconds=5, **mail)
        loop = service_settings("loop", nats_ack_seconds=5)
        workers = [Worker("loop", loop, tmp_path), Worker("feedback", feedback, tmp_path)]
        keepers = [asyncio.create_task(worker.keep()) for worker in workers]
        made = Town(
            await app_client(loop_app, LoopSettings(**loop)),
            await app_client(feedback_app, FeedbackSettings(**feedback)),
            sink,
            workers,
        )
        for worker in workers:
            await worker.until_ready()
        await made.settle()
        yield made
        for keeper in keepers:
            keeper.cancel()
        await asyncio.gather(*keepers, return_exceptions=True)


async def killing(town: Town) -> None:
    """Kill now one worker, now the other, at any moment, and with each mail server's step once."""
    loop, feedback = town.workers
    moments = {"at_recipient": 2, "before_answer": 4}
    seen: Counter[str] = Counter()

    def at(name: str) -> None:
        seen[name] += 1
        if seen[name] == moments[name]:
            feedback.kill()

    town.sink.at_recipient = lambda: at("at_recipient")
    town.sink.before_answer = lambda: at("before_answer")
    dice = random.Random(1948)
    for _ in range(6):
        await asyncio.sleep(dice.uniform(0.5, 2.0))
        dice.choice((loop, feedback)).kill()


async def test_nobody_is_told_twice_and_nobody_forgotten(town: Town) -> None:
    deaths = asyncio.create_task(killing(town))
    loop_id = UUID((await town.decline())["id"])
    await deaths
    for _ in range(PATIENCE_SECONDS * 5):
        if await town.is_told(loop_id):
            break
        await asyncio.sleep(0.2)
    assert await town.is_told(loop_id)
    assert town.workers[1].kills >= 2
    assert (await town.lead.get(f"/v1/loops/{loop_id}")).json()["state"] == "verdict_open"
    assert (await town.loop.get(f"/v1/loops/{loop_id}/verify")).json()["intact"]
    await every_telling_is_in_one_mail(town, loop_id)
    again = len(town.sink.mails) - len({mail["Message-ID"] for mail in town.sink.mails})
    assert again <= town.workers[1].kills


async def every_telling_is_in_one_mail(town: Town, loop_id: UUID) -> None:
    """Find each telling in one mail alone, whose copies are the same byte for byte."""
    mails: dict[str, str] = {}
    for mail in town.sink.mails:
        assert mails.setdefault(mail["Message-ID"], str(mail)) == str(mail)
    carried = Counter(code for text in mails.values() for code in CODE.findall(text))
    assert carried == dict.fromkeys(await town.mailed_codes(), 3)
    async with town.feedback.state.sessions() as session:
        sent = list(await session.scalars(select(Sending).where(Sending.loop_id == loop_id)))
    assert {each.id for each in sent} == {each.id for each in await town.tellings(loop_id)}
    assert {each.state for each in sent} == {"delivered"}
