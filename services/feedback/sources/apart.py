"""Work that takes long, in a thread of its own: the process goes on answering meanwhile."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar
from uuid import UUID

from shared.errors import TooMany

Result = TypeVar("Result")
# One at a time: each second of it is one that the process has less for everything else.
THREAD = ThreadPoolExecutor(1, "mapping")
# Whoever waits keeps a connection to the database, of which all need some.
WAITING_MAX = 3
waiting: set[UUID] = set()


async def run_apart(work: Callable[[], Result]) -> Result:
    """Do it in the thread that is there for it, after what came before."""
    return await asyncio.get_running_loop().run_in_executor(THREAD, work)


@contextmanager
def place_apart(organisation_id: UUID) -> Iterator[None]:
    """Keep a place for an organisation that runs something apart; TooMany when there is none left.

    Each has one: otherwise the requests of one would keep out all others.
    """
    if organisation_id in waiting or len(waiting) >= WAITING_MAX:
        raise TooMany(headers={"Retry-After": "2"})
    waiting.add(organisation_id)
    try:
        yield
    finally:
        waiting.discard(organisation_id)
