"""The worker's tasks: payloads are mapped as they come, once by several workers; bytes do not stay."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from types import SimpleNamespace
from uuid import UUID

import pytest
from sqlalchemy import func, inspect, select, update

from services.feedback.models import Feedback
from services.feedback.settings import Settings
from services.feedback.sources import queries, tasks
from services.feedback.sources.models import Payload, RawBody
from services.feedback.sources.tasks import RAW_KEPT, delete_old_bodies, map_received
from shared.clock import now
from shared.db import Driver
from shared.worker import WorkerContext, worker_context
from tests.feedback.sources.conftest import Settle
from tests.feedback.sources.senders import PAYLOAD, Sender
from tests.fixtures.clients import ServiceClient

NUMBER = "943 476 5919"  # an NHS number that belongs to nobody


@asynccontextmanager
async def worker(settings: Settings) -> AsyncIterator[WorkerContext]:
    """Run a worker that maps payloads."""
    async with worker_context("feedback", settings) as context:
        task = asyncio.create_task(map_received(context))
        try:
            yield context
        finally:
            context.stopping.set()
            await asyncio.wait_for(task, 10)


async def until(true: Callable[[], Awaitable[bool]], seconds: float = 20) -> None:
    """Wait until something is true."""
    async with asyncio.timeout(seconds):
        while not await true():  # noqa: ASYNC110 -- the condition is in the database
            await asyncio.sleep(0.02)


async def test_a_payload_is_mapped_soon_after_it_came(settings: Settings, sender: Sender) -> None:
    await sender.map_by()
    async with worker(settings) as context:
        await until(lambda: at_work(context))
        received = (await sender.send()).json()["received_id"]
        await until(lambda: is_mapped(sender, received))


async def at_work(context: WorkerContext) -> bool:
    """Tell whether the task has begun."""
    return "map_received" in context.started


async def is_mapped(sender: Sender, received: str) -> bool:
    """Tell whether a payload became feedback."""
    return bool((await sender.read(f"received/{received}"))["state"] == "mapped")


async def test_two_workers_map_each_payload_once(
    service: ServiceClient, settings: Settings, sender: Sender
) -> None:
    await sender.map_by()
    numbers = range(30)
    await asyncio.gather(*(sender.send({**PAYLOAD, "id": f"r-{number}"}) for number in numbers))

    async def all_mapped() -> bool:
        async with service.state.sessions() as session:
            mine = select(func.count()).where(Payload.source_id == UUID(sender.source["id"]))
            mapped = await session.scalar(mine.where(Payload.state == "mapped"))
        return bool(mapped == len(numbers))

    async with worker(settings), worker(settings):
        await until(all_mapped)
    async with service.state.sessions() as session:
        of_source = select(func.count()).where(Feedback.source_id == UUID(sender.source["id"]))
        assert await session.scalar(of_source) == len(numbers)


async def test_bytes_are_deleted_thirty_days_after_they_were_mapped(
    service: ServiceClient, settings: Settings, sender: Sender, settle_all: Settle
) -> None:
    waiting = (await sender.send({"no": "mapping"})).json()["received_id"]
    await settle_all()
    await sender.map_by()
    old, young = [(await sender.send({**PAYLOAD, "id": each})).json()["received_id"] for each in "ab"]
    await settle_all()
    async with service.state.sessions.begin() as session:
        aged = update(Payload).where(Payload.id == UUID(old))
        await session.execute(aged.values(mapped_at=now() - RAW_KEPT - timedelta(minutes=1)))
    async with worker_context("feedback", settings) as context:
        await delete_old_bodies(context)
    async with service.state.sessions() as session:
        kept = [await session.get(RawBody, UUID(each)) for each in (old, young, waiting)]
    assert [body is None for body in kept] == [True, False, False]
    assert (await sender.read(f"received/{old}"))["state"] == "mapped"
    assert (await sender.send({**PAYLOAD, "id": "a"})).status_code == 202


@pytest.mark.parametrize("has_ref", [True, False])
async def test_the_id_of_a_message_goes_with_its_bytes_and_repeats_are_found(
    service: ServiceClient, settings: Settings, sender: Sender, settle_all: Settle, *, has_ref: bool
) -> None:
    await sender.map_by()
    ids = (NUMBER, "b", "c")
    received = [(await sender.send({**PAYLOAD, "id": each}, each)).json()["received_id"] for each in ids]
    old, gone, young = [Payload.id == UUID(each) for each in received]
    await settle_all()
    async with service.state.sessions.begin() as session:
        await session.execute(update(Payload).where(old).values(mapped_at=now() - RAW_KEPT - timedelta(1)))
        await session.execute(update(Payload).where(gone).values(raw_deleted_at=now()))
        if not has_ref:
            await session.execute(update(Payload).values(message_ref=None))
    async with worker_context("feedback", settings) as context:
        await delete_old_bodies(context)
    async with service.state.sessions() as session:
        left = [await session.scalar(select(Payload.message_id).where(each)) for each in (old, gone, young)]
    assert left == [None, None, "c"]
    assert (await sender.read(f"received/{received[0]}"))["message_id"] is None
    for first, each in zip(received, ids, strict=True):
        again = (await sender.send({**PAYLOAD, "id": each}, each)).json()
        assert (again["received_id"], again["outcome"]) == (first, "repeat")


async def test_what_the_version_before_stored_again_loses_its_id_too(
    service: ServiceClient, settings: Settings, sender: Sender
) -> None:
    first = (await sender.send(message_id=NUMBER)).json()["received_id"]
    async with service.state.sessions.begin() as session:
        await session.execute(update(Payload).where(Payload.id == UUID(first)).values(message_id=None))
        stored = await session.get_one(Payload, UUID(first))
        names = [each.key for each in inspect(Payload).column_attrs if each.key not in ("id", "message_ref")]
        twice = {name: getattr(stored, name) for name in names}
        session.add(Payload(**twice | {"message_id": NUMBER, "raw_deleted_at": now()}))
    async with worker_context("feedback", settings) as context:
        await delete_old_bodies(context)
    async with service.state.sessions() as session:
        mine = select(Payload.message_id).where(Payload.source_id == UUID(sender.source["id"]))
        assert (await session.scalars(mine)).all() == [None, None]


async def test_bytes_are_deleted_at_once_when_their_feedback_is_erased(
    service: ServiceClient, sender: Sender, settle_all: Settle
) -> None:
    await sender.map_by()
    received = (await sender.send()).json()["received_id"]
    await settle_all()
    [told] = (await sender.read(f"received/{received}"))["feedback"]
    taken_back = {"reply_code": told["reply_code"], "erase": True}
    assert (await service.post("/v1/replies/withdraw", json=taken_back)).status_code == 200
    async with service.state.sessions() as session:
        assert await session.get(RawBody, UUID(received)) is None
    left = await sender.read(f"received/{received}")
    assert (left["feedback"], left["message_id"]) == ([told | {"reply_code": None}], None)


async def test_a_notice_about_something_else_costs_no_transaction(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked, settled = asyncio.Event(), []

    async def is_any_due(connection: Driver, at: datetime) -> bool:
        is_due = await queries.is_any_due(connection, at)
        looked.set()
        return is_due

    async def settle_due_payloads(*_: object) -> int:
        settled.append(1)
        return 0

    monkeypatch.setattr(tasks, "queries", SimpleNamespace(is_any_due=is_any_due))
    monkeypatch.setattr(tasks, "settle_due_payloads", settle_due_payloads)
    async with worker(settings) as context:
        await until(lambda: at_work(context))
        looked.clear()
        context.notifier.notify_soon()
        async with asyncio.timeout(10):
            await looked.wait()
    assert settled == []
