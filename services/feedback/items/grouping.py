"""Group commit: statements of one shape that wait at the same time are stored in one transaction.

A commit waits for the disk, and each transaction costs the database the same again. While one group is
stored the next one gathers, so nobody waits for a group to fill.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Self, TypeAlias

import asyncpg

from services.feedback.items.statement import Rows, compose_statement

LANES = 2
TOGETHER_MAX = 64

Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"


@dataclass(frozen=True, slots=True)
class WaitingStatement:
    """The arguments of a statement, and whether a group has stored them: False, nothing of the group."""

    arguments: list[object]
    stored: asyncio.Future[bool]

    def end(self, outcome: bool | Exception) -> None:
        """Let whoever waits go on or fail, unless they have left."""
        if self.stored.done():
            return
        if isinstance(outcome, Exception):
            self.stored.set_exception(outcome)
        else:
            self.stored.set_result(outcome)


@dataclass(slots=True)
class GroupWriter:
    """Stores rows together with those of other requests; opened once for the process."""

    pool: Pool
    tasks: asyncio.TaskGroup
    # The oldest text first; those of one text together.
    waiting: dict[str, list[WaitingStatement]] = field(default_factory=dict)
    lanes: int = 0

    @classmethod
    @asynccontextmanager
    async def open(cls, pool: Pool) -> AsyncIterator[Self]:
        """Open the writer for as long as the block runs; whatever waits at its end is stored first."""
        async with asyncio.TaskGroup() as tasks:
            yield cls(pool, tasks)

    async def store(self, parts: Iterable[Rows]) -> None:
        """Store the rows, all or none of them: once this returns, they are committed.

        If one of a group cannot be stored, nothing of the group is. Then each request stores its own rows
        in a transaction of their own, and the bad one fails alone.
        """
        text, arguments = compose_statement(parts)
        one = WaitingStatement(arguments, asyncio.get_running_loop().create_future())
        self.waiting.setdefault(text, []).append(one)
        if self.lanes < LANES:
            self.lanes += 1
            self.tasks.create_task(self.run_lane())
        if not await one.stored:
            await self.pool.execute(text, *arguments)

    async def run_lane(self) -> None:
        """Store one group after the other until nothing waits."""
        try:
            while self.waiting:
                text, group = self.take_group()
                if group:
                    await self.store_group(text, group)
        finally:
            self.lanes -= 1

    def take_group(self) -> tuple[str, list[WaitingStatement]]:
        """The oldest that wait with the same text; what is too much for one group goes to the end."""
        text = next(iter(self.waiting))
        every = self.waiting.pop(text)
        if left := every[TOGETHER_MAX:]:
            self.waiting[text] = left
        # Whoever has left is told nothing, so nothing is stored for them.
        return text, [one for one in every[:TOGETHER_MAX] if not one.stored.done()]

    async def store_group(self, text: str, group: list[WaitingStatement]) -> None:
        """Store a group in one transaction, and tell each of its requests what became of it."""
        try:
            if len(group) == 1:
                await self.pool.execute(text, *group[0].arguments)
            else:
                await self.pool.executemany(text, [one.arguments for one in group])
        except Exception as error:
            is_for_each = len(group) > 1 and is_undone(error)
            for one in group:
                one.end(False if is_for_each else error)
        except BaseException:
            for one in group:
                one.stored.cancel()
            raise
        else:
            for one in group:
                one.end(True)


def is_undone(error: Exception) -> bool:
    """Whether an error says that the transaction took no effect.

    When the connection breaks, nobody knows: to store the same again could then store it twice.
    """
    is_answer = isinstance(error, asyncpg.PostgresError) and not isinstance(
        error, asyncpg.PostgresConnectionError
    )
    return is_answer and getattr(error, "severity_en", None) in (None, "ERROR")
