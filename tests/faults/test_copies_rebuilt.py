"""What services keep of the registry can be lost: it is rebuilt by telling it again, or from the stream."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import nats
import pytest
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from deploy.local.broker import broker_of
from deploy.local.ports import read_ports
from shared.events import Envelope
from shared.ids import new_id
from tests.fixtures.stack import Stack
from tests.registry.extract import Row, change, extract_of_run, some_of

KEEPERS = ("feedback", "loop")
TABLES = ("footprint_copy", "organisation_copy")
POLL_SECONDS, POLLS_MAX = 0.1, 600
Copies = dict[tuple[str, str], list[dict[str, Any]]]


async def query(stack: Stack, service: str, statement: str) -> list[dict[str, Any]]:
    """Run a statement as a service."""
    connection = await asyncpg.connect(stack.settings[f"{service.upper()}_DATABASE_URL"])
    try:
        return [dict(row) for row in await connection.fetch(statement)]
    finally:
        await connection.close()


async def copies(stack: Stack) -> Copies:
    """What each service keeps of the registry, whichever event told it."""
    found: Copies = {}
    for service in KEEPERS:
        for table in TABLES:
            rows = await query(stack, service, f"SELECT * FROM {table} ORDER BY id")  # noqa: S608 -- named above
            found[service, table] = [{n: v for n, v in row.items() if n != "sequence"} for row in rows]
    return found


async def empty(stack: Stack) -> None:
    """Forget all that is kept of the registry."""
    for service in KEEPERS:
        for table in TABLES:
            await query(stack, service, f"DELETE FROM {table}")  # noqa: S608 -- named above
    assert not any((await copies(stack)).values())


@pytest.fixture
async def stream(broken_stack: Stack) -> AsyncIterator[JetStreamContext]:
    """The broker's streams."""
    ports = read_ports(broken_stack.home)
    url = broker_of(broken_stack.home, ports["nats"], ports["nats_monitoring"]).url
    client = await nats.connect(url)
    try:
        yield client.jetstream()
    finally:
        await client.close()


@pytest.fixture
async def known(broken_stack: Stack, tmp_path: Path) -> Copies:
    """Let the services know an extract of the registry and what a newer file changed, and return that."""
    stack, folder = broken_stack, extract_of_run()
    newer = some_of(folder, tmp_path / "newer", "organisations.csv")

    def rename(row: Row) -> Row:
        return row | {"name": f"{row['name']} AS NAMED SINCE", "as_of": "2026-09-30"}

    change(newer, "organisations.csv", rename)
    for data in (folder, newer):
        await asyncio.to_thread(stack.doorway, "registry", "import", "--data", str(data))
        await stack.settled()
    found = await copies(stack)
    assert any("AS NAMED SINCE" in row["name"] for row in found["loop", "organisation_copy"])
    for service in KEEPERS:
        assert any(row["successors"] != "[]" for row in found[service, "organisation_copy"])
    bodies = await query(stack, "registry", "SELECT id FROM body ORDER BY id")
    for service in KEEPERS:
        kept = [row["id"] for table in TABLES for row in found[service, table]]
        assert sorted(kept) == [row["id"] for row in bodies]
    return found


async def test_copies_are_rebuilt_by_telling_again_and_from_the_stream(
    broken_stack: Stack, known: Copies, stream: JetStreamContext
) -> None:
    await empty(broken_stack)
    await asyncio.to_thread(broken_stack.doorway, "registry", "republish")
    await broken_stack.settled()
    assert await copies(broken_stack) == known

    # As a service that is new: nothing is kept, and nothing was ever taken from the stream.
    await empty(broken_stack)
    for service in KEEPERS:
        await stream.delete_consumer("REGISTRY", f"{service}-copies")
    for service in KEEPERS:
        await until_there(stream, f"{service}-copies")
    await broken_stack.settled()
    assert await copies(broken_stack) == known

    await tell_late(stream, known)
    await broken_stack.settled()
    assert await copies(broken_stack) == known


async def until_there(stream: JetStreamContext, consumer: str) -> None:
    """Wait until a worker has set its consumer up again."""
    for _ in range(POLLS_MAX):
        try:
            await stream.consumer_info("REGISTRY", consumer)
        except NotFoundError:
            await asyncio.sleep(POLL_SECONDS)
        else:
            return
    raise AssertionError(f"{consumer} did not come back")


async def tell_late(stream: JetStreamContext, known: Copies) -> None:
    """Publish the first event of a body once more, as if it came last."""
    body = next(
        row["id"] for row in known["loop", "organisation_copy"] if row["name"].endswith("AS NAMED SINCE")
    )
    subject = f"registry.organisation_registered.v1.{body}"
    message = await stream.get_last_msg("REGISTRY", subject)
    first = Envelope.model_validate_json(message.data or b"")
    assert "AS NAMED SINCE" not in str(first.data)
    late = first.model_copy(update={"id": new_id()})
    await stream.publish(subject, late.model_dump_json().encode(), headers={"Nats-Msg-Id": str(late.id)})
