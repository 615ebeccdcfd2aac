"""The page for those who connect a survey tool: each command line is run, in its order, against a server."""

import asyncio
import os
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from services.feedback.main import create_app
from services.feedback.settings import Settings
from services.feedback.sources.presets import load_presets
from services.gateway.proxy.headers import inward_headers
from tests.feedback.serving import served
from tests.feedback.sources.conftest import Settle
from tests.fixtures.clients import ServiceClient
from tests.repository.tree import ROOT

PAGE = (ROOT / "docs" / "connect-a-survey-tool.md").read_text()
BLOCKS: list[str] = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
# What is printed by each block, in their order.
PRINTED = (
    (),
    ("surveymonkey", '"scheme":"basic"', "group/question"),
    ('"state":"live"', '"secret":"'),
    (),
    ('"outcome":"new"',),
    ('"status":"ready"', "200"),
    ('"outcome":"taken"', '"state":"mapped"', '"reply_code":"'),
    ('"version":2',),
    ('"error_class":"missing"', '"value":null'),
    ('"outcome":"quarantined"', r'"after":"\(no words\)"'),
    ('"dry_run":true,"payloads":1,"answers":1', '"replayed":1'),
    ('"health":{"last_received_at":"', '"silent_since":null'),
    ('"state":"paused"',),
)


@pytest.fixture
async def doorway(settings: Settings, owner: ServiceClient) -> AsyncIterator[str]:
    """The address of a server that treats requests as the gateway does: the owner's key for all but hooks."""
    app = create_app(settings)
    tokens = {each: client.headers["authorization"].encode() for each, client in clients_of(owner).items()}

    async def gateway(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            signed = scope["path"].startswith("/v1/hooks/")
            headers = inward_headers(scope["headers"], signed=signed)
            keyed = not signed and any(name == b"authorization" for name, _ in scope["headers"])
            headers.append((b"authorization", tokens["owner" if keyed else "anybody"]))
            scope = scope | {"headers": headers}
        await app(scope, receive, send)

    async with served(gateway) as address:
        yield address


def clients_of(owner: ServiceClient) -> dict[str, ServiceClient]:
    """The callers whom the gateway of the test knows."""
    return {"owner": owner, "anybody": owner.as_()}


async def run_block(block: str, folder: Path, doorway: str) -> str:
    """Run a block with the variables of those before it, and return what it prints."""
    script = f"set -e; [ ! -f env ] || . ./env; set -a\n{block}\nexport -p > env"
    environment = {"PATH": os.environ["PATH"], "DOORWAY": doorway, "KEY": "dw_invented_key"}
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        "sh", "-c", script, cwd=folder, env=environment, stdout=pipe, stderr=pipe
    )
    printed, complained = await process.communicate()
    assert process.returncode == 0, complained.decode()
    return printed.decode()


async def test_each_command_line_works_as_it_stands(doorway: str, settle_all: Settle, tmp_path: Path) -> None:
    assert len(BLOCKS) == len(PRINTED)
    for block, expected in zip(BLOCKS, PRINTED, strict=True):
        # What waits is mapped, and what is about to be looked at: a worker does it all the time.
        lines = re.split(r"\n(?=curl)", block)
        printed = ""
        for part in lines:
            printed += await run_block(part, tmp_path, doorway)
            await settle_all()
        wrong = [each for each in expected if not re.search(each, printed)]
        assert wrong == [], printed
        assert not re.search(r'"status": ?4', printed), printed


def test_the_page_names_each_preset_with_its_scheme() -> None:
    named = dict(re.findall(r"^\| [^|]+ \| `(\w+)` \| ([^|]+) \|", PAGE, re.MULTILINE))
    assert named.keys() == load_presets().keys()
    shown = {
        "basic": "user name and password",
        "bearer": "a header",
        "fixed-header": "a header",
        "secret-path": "the address",
        "hmac-sha256": "a signature",
        "standard-webhooks": "a signature",
    }
    assert [name for name, by in named.items() if not by.startswith(shown[load_presets()[name].scheme])] == []
    announcing = {name for name, each in load_presets().items() if any(s.waits_as for s in each.samples)}
    assert set(re.findall(r"`(\w+)` \|[^|]+\|[^|]+only announces", PAGE)) == announcing
