"""Public answers that a process keeps until something changes in the service's database.

A trigger on each of its tables tells of every change, whoever makes it. What a new day alters is bounded by
the time for which an answer is kept.
"""

import asyncio
import contextlib
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import NamedTuple

import asyncpg
from fastapi import Request
from fastapi.responses import StreamingResponse
from pydantic import Field
from starlette.responses import Response

from shared.auth import Authentication, Caller
from shared.bus import is_set_within
from shared.logs import log
from shared.settings import ServiceSettings
from shared.state import run_beside, state_of

CHANNEL = "changed"
KEPT_SECONDS = 30
# One answer takes at most this part of the room.
SHARE = 8
# What an answer takes besides its body: headers and objects.
OWN_BYTES = 2_000
Answer = Callable[[Request], Awaitable[Response]]


class KeepingSettings(ServiceSettings):
    """What a service needs to know that keeps public answers."""

    kept_bytes_max: int = Field(
        16_777_216,
        ge=0,
        description="How many bytes of public answers one process keeps until something changes; 0: none.",
    )


class Key(NamedTuple):
    """All that an answer depends on besides the database."""

    path: str
    query: bytes
    accept: str
    caller: Caller


class Kept(NamedTuple):
    """An answer, until when it may be given again, and about how many bytes it takes."""

    answer: Response
    until: float
    size: int


class KeptAnswers:
    """The answers that one process keeps: none while it cannot hear of changes."""

    def __init__(self, settings: ServiceSettings) -> None:
        self.database_url = settings.database_url
        self.bytes_max = settings.kept_bytes_max if isinstance(settings, KeepingSettings) else 0
        self.kept: OrderedDict[Key, Kept] = OrderedDict()
        self.size, self.changes = 0, 0
        self.asked, self.lost = asyncio.Event(), asyncio.Event()
        self.lost.set()

    @property
    def listens(self) -> bool:
        """Whether every change is heard."""
        return not self.lost.is_set()

    async def answer(self, request: Request, make: Answer) -> Response:
        """The answer that is kept, or a new one, which is kept if nothing changed meanwhile."""
        self.asked.set()
        key = key_of(request)
        found = self.kept.get(key)
        if found and found.until > time.monotonic():
            self.kept.move_to_end(key)
            return found.answer
        changes, listened = self.changes, self.listens
        made = await make(request)
        if listened and changes == self.changes and may_be_kept(made, self.bytes_max // SHARE):
            self.keep(key, made)
        return made

    def keep(self, key: Key, answer: Response) -> None:
        """Keep an answer, in the place of those that were asked for longest ago."""
        size = OWN_BYTES + len(key.path) + len(key.query) + len(key.accept) + len(answer.body)
        if earlier := self.kept.pop(key, None):
            self.size -= earlier.size
        self.kept[key] = Kept(answer, time.monotonic() + KEPT_SECONDS, size)
        self.size += size
        while self.size > self.bytes_max:
            self.size -= self.kept.popitem(last=False)[1].size

    def forget_all(self, *_: object) -> None:
        """Keep nothing of what was answered before now."""
        self.kept.clear()
        self.size, self.changes = 0, self.changes + 1

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["KeptAnswers"]:
        """Hear of changes while the block runs."""
        async with run_beside(self.listen()):
            yield self

    async def listen(self) -> None:
        """Listen as long as anybody asks, again and again, if anything is to be kept."""
        while self.bytes_max:
            await self.asked.wait()
            try:
                await self.listen_while_asked()
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("kept_answers_reconnect", error=type(error).__name__)
                await asyncio.sleep(0.5)
            finally:
                self.hear_nothing()

    def hear_nothing(self, *_: object) -> None:
        """Keep nothing until changes can be heard again."""
        self.lost.set()
        self.forget_all()

    async def listen_while_asked(self) -> None:
        """Listen until nobody asks, or until the connection is lost."""
        connection = await asyncpg.connect(self.database_url, timeout=10, command_timeout=5)
        try:
            await connection.add_listener(CHANNEL, self.forget_all)
            connection.add_termination_listener(self.hear_nothing)
            self.lost.clear()
            while self.asked.is_set():
                self.asked.clear()
                if await is_set_within(KEPT_SECONDS, self.lost):
                    return
                await connection.execute("SELECT 1")
        finally:
            connection.terminate()


def key_of(request: Request) -> Key:
    """What the answer to a request is kept under; raises Unauthorised as the route would."""
    caller = state_of(request, Authentication).caller_of(request)
    scope = request.scope
    # A caller may send the header in parts, and a route reads them all.
    accept = ", ".join(request.headers.getlist("accept"))
    return Key(scope["path"], scope["query_string"], accept, caller)


def may_be_kept(answer: Response, bytes_max: int) -> bool:
    """Whether an answer is whole, small and no refusal."""
    is_whole = answer.status_code == 200 and not isinstance(answer, StreamingResponse)
    return is_whole and len(answer.body) <= bytes_max
