"""The subscriber in the guide works as it stands."""

import asyncio
import os
import re
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest

import services.gateway.webhooks.schemas
from tests.gateway.webhooks.hooks import Hooks, feedback_published
from tests.gateway.webhooks.subscribers import closed_port

README = Path(services.gateway.webhooks.schemas.__file__).parent / "README.md"


RUN = {"python": [sys.executable, "-c"]}
if node := shutil.which("node"):  # not every machine has it
    RUN["js"] = [node, "--input-type=commonjs", "-e"]


def example(language: str) -> str:
    """The program of the guide in a language."""
    [program] = re.findall(rf"```{language}\n(.*?)```", README.read_text(), re.DOTALL)
    return str(program)


@asynccontextmanager
async def guide_subscriber(language: str, secret: str, port: int) -> AsyncIterator[asyncio.StreamReader]:
    """Run the guide's subscriber and give what it prints."""
    process = await asyncio.create_subprocess_exec(
        *RUN[language],
        example(language),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={**os.environ, "WEBHOOK_SECRET": secret, "PORT": str(port)},
    )
    assert process.stdout is not None
    try:
        yield process.stdout
    finally:
        process.terminate()
        await process.wait()


@pytest.mark.parametrize("language", RUN)
async def test_the_guides_subscriber_takes_a_webhook_once_and_refuses_forgeries(
    hooks: Hooks, language: str
) -> None:
    port = closed_port()
    endpoint, secret = await hooks.endpoint(f"http://127.0.0.1:{port}/")
    envelope = await hooks.tell(feedback_published(endpoint.organisation_id))
    async with guide_subscriber(language, secret, port) as printed:
        async with hooks.worker():
            line = await asyncio.wait_for(printed.readline(), 20)
        assert line.decode().split() == [envelope.type, str(envelope.subject), envelope.sequence]
        async with httpx2.AsyncClient() as client:
            forged = await client.post(
                f"http://127.0.0.1:{port}/", content=b"{}", headers={"webhook-id": "1"}
            )
        assert forged.status_code == 401


@pytest.mark.parametrize("state", ["pending", "held", "for_pull", "delivered", "failed", "dropped"])
def test_the_guide_tells_of_every_state(state: str) -> None:
    assert f"| `{state}` |" in README.read_text()
