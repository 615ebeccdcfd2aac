"""Storing feedback over HTTP: new feedback in one statement, what may have come before with locks."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Self

import asyncpg
from fastapi import Response
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from services.feedback.errors import SentTwiceAtOnce
from services.feedback.items.domain import give_with_locks
from services.feedback.items.grouping import GroupWriter
from services.feedback.items.intake import IntakeTools, Origin
from services.feedback.items.rows import prepare_feedback, receipt_view
from services.feedback.items.schemas import FeedbackReceipt, NewFeedback
from services.feedback.items.statement import Rows, open_pool
from shared.idempotency import Idempotency, IdempotencyKey
from shared.state import ServiceState
from shared.versions import etag

# A statement waits for another transaction that stores under the same key, and its group with it. It soon
# gives up: what takes locks then waits alone.
IMPATIENT = {"lock_timeout": "100ms"}


@dataclass(frozen=True, slots=True)
class FeedbackWriter:
    """Stores feedback that comes over HTTP; opened once for the process."""

    tools: IntakeTools
    groups: GroupWriter
    sessions: async_sessionmaker[AsyncSession]
    wake_workers: Callable[[], None]

    @classmethod
    @asynccontextmanager
    async def open(cls, state: ServiceState, tools: IntakeTools) -> AsyncIterator[Self]:
        """Open the writer for as long as the block runs."""
        async with open_pool(state.settings, IMPATIENT) as pool, GroupWriter.open(pool) as groups:
            yield cls(tools, groups, state.sessions, state.wake_workers)

    async def give(self, new: NewFeedback, origin: Origin, key: IdempotencyKey | None) -> Response:
        """Store feedback and answer 201; a repeat gets the first answer.

        One statement stores new feedback. If the feedback came before, a unique key makes the whole statement
        fail, and locks decide what is new. Feedback that brings a reply code takes the locks from the start.
        """
        if not new.reply_code and (answer := await self.give_new(new, origin, key)):
            return answer
        try:
            async with self.sessions.begin() as session:
                if key:
                    await key.claim(session)
                feedback, outcome = await give_with_locks(session, new, origin=origin, tools=self.tools)
                await session.flush()
                code = self.tools.codes.code_of(feedback.reply_code_id)
                answer = created(receipt_view(feedback, code, outcome))
                if key:
                    sealed = key.sealed(answer.status_code, replayed_headers(answer), bytes(answer.body))
                    await session.execute(update(Idempotency).where(key.is_mine()).values(answer=sealed))
        except IntegrityError as error:
            raise SentTwiceAtOnce from error
        self.wake_workers()
        return answer

    async def give_new(self, new: NewFeedback, origin: Origin, key: IdempotencyKey | None) -> Response | None:
        """Store feedback in one statement; None if it, or its Idempotency-Key, came before or comes now."""
        bodies = self.tools.bodies.recall(new.body_refs)
        if bodies is None:
            async with self.sessions() as session:
                bodies = await self.tools.bodies.find(session, new.body_refs)
        prepared = await prepare_feedback(new, origin, self.tools, bodies)
        answer = created(prepared.receipt)
        try:
            await self.groups.store([*idempotency_rows(key, answer), *prepared.parts])
        except (asyncpg.UniqueViolationError, asyncpg.LockNotAvailableError):
            return None
        self.wake_workers()
        return answer


def created(receipt: FeedbackReceipt) -> Response:
    """The answer 201, with its address and version."""
    headers = {"Location": f"/v1/feedback/{receipt.id}", "ETag": etag(receipt.version)}
    return Response(receipt.model_dump_json(), 201, headers, "application/json")


def replayed_headers(answer: Response) -> dict[str, str]:
    """The headers that a repeat of the request gets too."""
    return {name: answer.headers[name] for name in ("location", "etag")}


def idempotency_rows(key: IdempotencyKey | None, answer: Response) -> list[Rows]:
    """The row that keeps the answer under the request's Idempotency-Key, if it has one."""
    if key is None:
        return []
    row = {
        "client_id": key.client_id,
        "key_hash": key.key_hash,
        "request_hash": key.request_hash,
        "answer": key.sealed(answer.status_code, replayed_headers(answer), bytes(answer.body)),
    }
    return [Rows(Idempotency, [row])]
