"""The counter: takes feedback in over HTTP, on the hot path, in one statement that is its own transaction."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Self

import asyncpg
from fastapi import Response
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from services.feedback.items.desk import Desk, Origin
from services.feedback.items.domain import give
from services.feedback.items.errors import SentTwiceAtOnce
from services.feedback.items.intake import About, given_of, prepare
from services.feedback.items.schemas import GivenFeedback, NewFeedback
from services.feedback.items.statement import Rows, store
from services.feedback.places.domain import about, recalled
from services.feedback.settings import Settings
from shared.idempotency import Idempotency, IdempotencyKey
from shared.state import ServiceState
from shared.versions import etag


async def leave_as_is(_: Any) -> None:
    """Spare the round trip that resets a connection: the statements here change no setting of it."""


@dataclass(frozen=True, slots=True)
class Counter:
    """What taking feedback in needs, opened once for the process."""

    desk: Desk
    pool: "asyncpg.Pool[asyncpg.Record]"
    sessions: async_sessionmaker[AsyncSession]
    wake_workers: Callable[[], None]

    @classmethod
    @asynccontextmanager
    async def open(cls, state: ServiceState, settings: Settings) -> AsyncIterator[Self]:
        """Open the counter for as long as the block runs."""
        pool = asyncpg.create_pool(
            settings.database_url, min_size=0, max_size=settings.pool_size, reset=leave_as_is, timeout=10
        )
        async with Desk.open(settings) as desk, pool:
            yield cls(desk, pool, state.sessions, state.wake_workers)

    async def take(self, new: NewFeedback, origin: Origin, key: IdempotencyKey | None) -> Response:
        """Store what somebody says and answer 201; what came before answers as it did then."""
        if new.reply_code:
            return await self.take_with_care(new, origin, key)
        intake = prepare(new, origin, self.desk, recalled(new, self.desk) or await self.find(new))
        answer = created(intake.given)
        try:
            await store(self.pool, [*once(key, answer), *intake.parts])
        except asyncpg.UniqueViolationError:
            return await self.take_with_care(new, origin, key)
        self.wake_workers()
        return answer

    async def find(self, new: NewFeedback) -> About:
        """Return the bodies that it is about, from the database."""
        async with self.sessions() as session:
            return await about(session, new, self.desk)

    async def take_with_care(self, new: NewFeedback, origin: Origin, key: IdempotencyKey | None) -> Response:
        """Take what may have come before, or brings a reply code, with locks and in several statements."""
        try:
            async with self.sessions.begin() as session:
                if key:
                    await key.claim(session)
                feedback = await give(session, new, origin=origin, desk=self.desk)
                await session.flush()
                code = self.desk.codes.code_of(feedback.reply_code_id)
                answer = created(given_of(vars(feedback), code))
                if key:
                    sealed = key.sealed(answer.status_code, told(answer), bytes(answer.body))
                    await session.execute(update(Idempotency).where(key.is_mine()).values(answer=sealed))
        except IntegrityError as error:
            raise SentTwiceAtOnce from error
        self.wake_workers()
        return answer


def created(given: GivenFeedback) -> Response:
    """Return the answer 201 with its address and version."""
    headers = {"Location": f"/v1/feedback/{given.id}", "ETag": etag(given.version)}
    return Response(given.model_dump_json(), 201, headers, "application/json")


def told(answer: Response) -> dict[str, str]:
    """Return the headers that a repeat of the request gets as well."""
    return {name: answer.headers[name] for name in ("location", "etag")}


def once(key: IdempotencyKey | None, answer: Response) -> list[Rows]:
    """Return the row that remembers the answer under the request's Idempotency-Key, if it has one."""
    if key is None:
        return []
    row = {
        "client_id": key.client_id,
        "key_hash": key.key_hash,
        "request_hash": key.request_hash,
        "answer": key.sealed(answer.status_code, told(answer), bytes(answer.body)),
    }
    return [Rows("idempotency", [row])]
