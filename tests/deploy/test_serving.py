"""Starting and stopping a server."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from fastapi import FastAPI, Request

from deploy import serving as under_test
from shared.app import add_problems
from shared.state import ServiceState, state_from, state_of
from tests.shared.servers import exchange, serving

GET = b"GET /waiting HTTP/1.1\r\nHost: here\r\n\r\n"


def waiting_app(asked: asyncio.Event, *, listens: bool) -> FastAPI:
    """An app whose answers wait, for the stop of the server if they listen to it."""

    @asynccontextmanager
    async def lifespan(_: FastAPI):
        yield state_from(ServiceState(None, None, None, lambda: None))  # type: ignore[arg-type]  # no database

    app = FastAPI(lifespan=lifespan)
    add_problems(app)

    @app.get("/waiting")
    async def wait(request: Request) -> str:
        asked.set()
        await (state_of(request, ServiceState).stopping if listens else asyncio.Event()).wait()
        return "stopping"

    return app


async def test_who_waits_for_something_is_told_that_the_server_stops() -> None:
    asked = asyncio.Event()
    async with serving(waiting_app(asked, listens=True)) as port:
        asking = asyncio.create_task(exchange(port, GET))
        await asked.wait()
    assert [(each.status, each.body) for each in await asking] == [(200, b'"stopping"')]


async def test_who_is_cut_off_by_a_stop_is_told_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(under_test, "STOPPING_SECONDS", 0.1)
    asked = asyncio.Event()
    async with serving(waiting_app(asked, listens=False)) as port:
        asking = asyncio.create_task(exchange(port, GET))
        await asked.wait()
    [answer] = await asking
    assert (answer.status, answer.problem["code"]) == (503, "unavailable")
    assert answer.headers["retry-after"] == "1"
