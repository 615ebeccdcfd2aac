"""The README's examples work as they stand, against a real server."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import services.feedback.sources
from services.feedback.main import create_app
from services.feedback.settings import Settings
from tests.feedback.serving import served
from tests.feedback.sources.senders import Sender

README = (Path(services.feedback.sources.__path__[0]) / "README.md").read_text()


def example(language: str) -> str:
    """The README's example in a language."""
    found: str = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)[0]
    return found


@pytest.fixture
async def hook(settings: Settings, sender: Sender) -> AsyncIterator[str]:
    """The address of a source at a server, with the gateway's token put on as the gateway does."""
    app = create_app(settings)
    token = sender.service.headers["authorization"].encode()

    async def gateway(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            scope = scope | {"headers": [*scope["headers"], (b"authorization", token)]}
        await app(scope, receive, send)

    async with served(gateway) as address:
        yield address + sender.source["hook"]


async def run(command: list[str], **environment: str) -> str:
    """Run an example and return what it prints."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *command, stdout=pipe, stderr=pipe, env={**os.environ, **environment}
    )
    printed, complained = await process.communicate()
    assert process.returncode == 0, complained.decode()
    return printed.decode()


async def test_the_examples_are_taken_and_only_with_the_secret(hook: str, sender: Sender) -> None:
    for command in ([sys.executable, "-c", example("python")], ["sh", "-c", example("sh")]):
        assert "received_id" in await run(command, HOOK=hook, SECRET=sender.secret)
    wrong = replace(sender, secret="whsec_" + "A" * 44)
    assert "signature_refused" in await run(["sh", "-c", example("sh")], HOOK=hook, SECRET=wrong.secret)


def test_every_answer_in_the_table_is_one_that_is_given() -> None:
    told = set(re.findall(r"^\| [45]\d\d `(\w+)`", README, re.MULTILINE))
    assert told == {
        "signature_refused",
        "source_not_found",
        "event_not_taken",
        "message_id_reused",
        "encoding_not_read",
        "body_type_not_read",
        "source_not_live",
        "body_too_large",
        "body_not_json",
        "message_id_refused",
    }
