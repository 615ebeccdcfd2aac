"""What a service opens when it starts, and how a request finds it: parts, each known by its class."""

import asyncio
import contextlib
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker
from starlette.requests import HTTPConnection, Request
from starlette.types import Scope

from shared.settings import ServiceSettings

Part = TypeVar("Part")


@dataclass(frozen=True)
class ServiceState:
    """What every service has; `wake_workers` makes its worker look for new events now."""

    settings: ServiceSettings
    engine: AsyncEngine
    sessions: async_sessionmaker[AsyncSession]
    wake_workers: Callable[[], None]
    # Set when the server stops: who waits for something to happen answers now.
    stopping: asyncio.Event = field(default_factory=asyncio.Event)


@contextlib.asynccontextmanager
async def run_beside(*work: Coroutine[object, object, None]) -> AsyncIterator[None]:
    """Let work that never ends run while the block runs."""
    tasks = [asyncio.create_task(each) for each in work]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def state_from(*parts: object) -> dict[str, object]:
    """The mapping that a lifespan yields; each part is found by its class and by what that builds on."""
    return {kind.__name__: part for part in parts for kind in type(part).__mro__[:-1]}


def part_in(scope: Scope, kind: type[Part]) -> Part:
    """The part of this class that the service opened when it started; KeyError if it opened none."""
    part: Part = scope["state"][kind.__name__]
    return part


def state_of(request: HTTPConnection, kind: type[Part]) -> Part:
    """The part of this class that the service opened when it started.

    `state_of(request, ServiceState)` is there in every service, and so are the service's own settings.
    """
    return part_in(request.scope, kind)


def made_of_query(kind: type[Part]) -> Callable[..., Awaitable[Part]]:
    """What a route depends on for a dataclass of its query's parameters: `Depends(made_of_query(Filter))`.

    FastAPI would make the class itself in a thread, which costs more than the rest of a small request.
    """

    async def make(**given: object) -> Part:
        return kind(**given)

    make.__signature__ = inspect.signature(kind)  # type: ignore[attr-defined]  # what FastAPI reads
    return make


def depends_on(kind: type[Part]) -> Callable[[Request], Awaitable[Part]]:
    """What a route depends on for a part of the service: `Annotated[Cache, Depends(depends_on(Cache))]`."""

    async def find_part(request: Request) -> Part:
        return state_of(request, kind)

    return find_part
