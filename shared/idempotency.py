"""Idempotency: the same key and body get the same answer for 24 hours, and nothing is done twice.

The answer is kept sealed under a key derived from the caller's Idempotency-Key, of which only a keyed hash is
stored: nobody else can read what it says.
"""

import base64
import hashlib
import json
from collections.abc import AsyncIterator, Collection
from datetime import datetime, timedelta
from typing import Annotated, TypeVar
from uuid import UUID

from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel
from sqlalchemy import ColumnElement, Index, LargeBinary, and_, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from shared.auth import Anyone
from shared.db import Plumbing, Session
from shared.errors import Problem, raises
from shared.secrets import derive, key_of, seal, unseal
from shared.state import ServiceState, state_of

KEPT = timedelta(hours=24)
Kept = TypeVar("Kept", bound=BaseModel)


class IdempotencyKeyReused(Problem):
    """You used this Idempotency-Key for another request. Use a new key for a new request."""

    status = 422


class AnswerErased(Problem):
    """What you asked for was done. Then what it was about was erased, and our answer with it."""

    status = 410


class Idempotency(Plumbing):
    """A request that was answered, known by a keyed hash of its client and key."""

    __tablename__ = "idempotency"
    __table_args__ = (Index("ix_idempotency_about", "about", postgresql_where=text("about IS NOT NULL")),)

    client_id: Mapped[UUID] = mapped_column(primary_key=True)
    key_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    request_hash: Mapped[bytes] = mapped_column(LargeBinary)
    # What the answer shows, by its id. Once that is erased, the answer is null: the request stays done.
    about: Mapped[UUID | None]
    answer: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)


class Replayed(Exception):
    """The request was answered before: this carries that answer."""

    def __init__(self, status: int, headers: dict[str, str], body: str) -> None:
        self.status, self.headers, self.body = status, headers, base64.b64decode(body)


class IdempotencyKey:
    """One client's key for one request."""

    def __init__(self, seal_key: str, client_id: UUID, key: str, request_hash: bytes) -> None:
        self.client_id, self.request_hash = client_id, request_hash
        self.key_hash = derive(key_of(seal_key), "idempotency", str(client_id), key)
        self.answer_key = derive(key_of(seal_key), "idempotent answer", str(client_id), key)

    def sealed(self, status: int, headers: dict[str, str], body: bytes) -> bytes:
        """The answer as it is stored: sealed under a key made from the Idempotency-Key."""
        return seal(
            self.answer_key,
            json.dumps(
                {"status": status, "headers": headers, "body": base64.b64encode(body).decode()}
            ).encode(),
            self.request_hash,
        )

    def replay(self, request_hash: bytes, answer: bytes | None) -> Replayed:
        """The earlier answer; raises IdempotencyKeyReused if to another request, AnswerErased if erased."""
        if request_hash != self.request_hash or answer is None:
            raise AnswerErased if request_hash == self.request_hash else IdempotencyKeyReused
        return Replayed(**json.loads(unseal(self.answer_key, answer, self.request_hash)))

    async def claim(self, session: AsyncSession) -> None:
        """Take the key for this transaction; raises Replayed if the request was answered before.

        A concurrent twin waits here until the first one has committed.
        """
        claimed = await session.scalar(
            insert(Idempotency)
            .values(client_id=self.client_id, key_hash=self.key_hash, request_hash=self.request_hash)
            .on_conflict_do_update(
                index_elements=["client_id", "key_hash"],
                set_={
                    "request_hash": self.request_hash,
                    "about": None,
                    "answer": None,
                    "created_at": func.now(),
                },
                where=Idempotency.created_at < func.now() - KEPT,
            )
            .returning(Idempotency.client_id)
        )
        if claimed is None:
            earlier = select(Idempotency.request_hash, Idempotency.answer).where(self.is_mine())
            raise self.replay(*(await session.execute(earlier)).one())

    def is_mine(self) -> ColumnElement[bool]:
        """True for the row of this key."""
        return and_(Idempotency.client_id == self.client_id, Idempotency.key_hash == self.key_hash)


class OnceGuard:
    """Keeps the answer of a request that carries an Idempotency-Key; without one it does nothing."""

    answer: BaseModel | None = None

    def keep(self, answer: Kept) -> Kept:
        """Keep this answer for a repeat of the request, and hand it back."""
        self.answer = answer
        return answer


async def erase_answers(session: AsyncSession, about: Collection[UUID]) -> None:
    """Erase the answers that show any of these; a repeat of such a request is refused with AnswerErased."""
    await session.execute(update(Idempotency).where(Idempotency.about.in_(about)).values(answer=None))


async def hash_of(request: Request) -> bytes:
    """The hash by which a repeat of the request is recognised."""
    line = f"{request.method} {request.url.path}?{request.url.query}\n"
    return hashlib.sha256(line.encode() + await request.body()).digest()


KeyHeader = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="Send a request again with the same key and it takes effect once.",
        min_length=1,
        max_length=255,
    ),
]


async def key_of_request(request: Request, caller: Anyone, header: KeyHeader = None) -> IdempotencyKey | None:
    """The request's key; None for a request without one, or without a client."""
    if header is None or caller.client_id is None:
        return None
    seal_key = state_of(request, ServiceState).settings.seal_key
    return IdempotencyKey(seal_key, caller.client_id, header, await hash_of(request))


GivenKey = Annotated[IdempotencyKey | None, Depends(key_of_request)]


@raises(AnswerErased, IdempotencyKeyReused)
async def once(
    request: Request, response: Response, session: Session, key: GivenKey
) -> AsyncIterator[OnceGuard]:
    """Answer a repeat with the first answer; otherwise keep the answer in the request's own transaction."""
    guard = OnceGuard()
    if key is None:
        yield guard
        return
    await key.claim(session)
    yield guard
    answer = key.sealed(
        response.status_code or request.scope["route"].status_code or 200,
        {name: value for name, value in response.headers.items() if name in {"location", "etag"}},
        guard.answer.model_dump_json().encode() if guard.answer else b"",
    )
    kept = update(Idempotency).where(key.is_mine()).values(about=getattr(guard.answer, "id", None))
    await session.execute(kept.values(answer=answer))


Once = Annotated[OnceGuard, Depends(once, scope="function")]
