"""The database: engine, session for each request, locking of an aggregate. Nobody else commits."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import datetime
from functools import partial
from types import MappingProxyType
from typing import Annotated, Any, TypeAlias, TypeVar, cast
from uuid import UUID

import asyncpg
from fastapi import Depends, Request
from sqlalchemy import DateTime, MetaData, Table, Text, event, select, text
from sqlalchemy.engine.interfaces import AdaptedConnection
from sqlalchemy.exc import DBAPIError, InvalidatePoolError
from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from shared.errors import NotFound
from shared.ids import new_id
from shared.settings import ServiceSettings
from shared.state import ServiceState, state_of

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

# For `type_annotation_map` of each service's Base: instants carry their zone, text has no length of its own.
COLUMN_TYPES: dict[type, DateTime | Text] = {datetime: DateTime(timezone=True), str: Text()}

WAKES = "wakes the workers"
NONE: Mapping[str, Any] = MappingProxyType({})


class Plumbing(DeclarativeBase):
    """The tables that every service has besides its own: outbox, inbox, dead letters, idempotency."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = COLUMN_TYPES


class Versioned:
    """An aggregate: its version counts its events, and is its ETag and its events' sequence."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    version: Mapped[int] = mapped_column(default=0)


Driver: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Aggregate = TypeVar("Aggregate", bound=Versioned)


# Longer than any statement of a request takes, so that one that hangs does not hold its connection for ever.
STATEMENT_SECONDS = 60
# Longer than any transaction waits for something else, a mail server included: the locks of a process that
# hangs are let go.
IDLE_SECONDS = 600
# How often to look whether fewer connections would do.
LOOK_SECONDS = 10
# A worker that says nothing to the database for so long hangs: others take its work.
HUNG_SECONDS, LIFE_SECONDS = 15, 2
END_WHEN_HUNG = text(f"SET LOCAL idle_in_transaction_session_timeout = '{HUNG_SECONDS}s'")
# Two that waited for each other, a lock that was not free in time, a statement that took too long, and a
# server that stops, starts, fell over to another or has no working disk: the same request will do later.
LATER = ("40P01", "40001", "55P03", "57014", "57P01", "57P02", "57P03", "57P05", "25P03", "25006", "58030")
# A connection that broke, and no connections, memory or disk left (PostgreSQL, Appendix A).
LATER_CLASSES = ("08", "53")


def engine_to(url: str, driver_options: Mapping[str, Any] = NONE, **options: Any) -> AsyncEngine:
    """An engine that connects when it is first used; its driver has options of its own.

    The driver reads the address itself: what SQLAlchemy makes of `?sslmode=require` the driver does not know.
    """
    connect = partial(asyncpg.connect, url, **driver_options)
    return create_async_engine("postgresql+asyncpg://", async_creator=connect, **options)


def make_engine(settings: ServiceSettings, *, is_patient: bool = False) -> AsyncEngine:
    """An engine that connects when it is first used. A patient one sets a statement no limit of time."""
    limits = {} if is_patient else {"idle_in_transaction_session_timeout": f"{IDLE_SECONDS}s"}
    engine = engine_to(
        settings.database_url,
        {
            "timeout": 10,
            "command_timeout": None if is_patient else STATEMENT_SECONDS,
            "server_settings": limits,
        },
        pool_size=settings.pool_size,
        # One above the size would be opened for a single request, and closed after it.
        max_overflow=0,
        pool_use_lifo=True,
        pool_timeout=10,
        # Parameters hold what people wrote: an error must not carry them into a log.
        hide_parameters=True,
    )
    event.listen(engine.sync_engine, "checkout", refuse_dead)
    PoolWatch(engine).begin()
    return engine


class PoolWatch:
    """Lets go of the connections that a burst has opened and that nobody uses any longer.

    A pool has no way to close one of them, so all that are idle are closed, and the next request opens one.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self.used: set[ConnectionPoolEntry] = set()
        self.most, self.looked_at = 0, time.monotonic()
        self.closing: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Watch what is taken out of the pool and given back."""
        event.listen(self.engine.sync_engine, "checkout", self.note_use)
        event.listen(self.engine.sync_engine, "checkin", self.note_return)

    def note_use(self, _: object, entry: ConnectionPoolEntry, __: object) -> None:
        """Count how many are used at once."""
        self.used.add(entry)
        self.most = max(self.most, len(self.used))

    def note_return(self, _: object, entry: ConnectionPoolEntry) -> None:
        """Look now and then whether more are open than were used since the last look."""
        self.used.discard(entry)
        if time.monotonic() - self.looked_at < LOOK_SECONDS or (self.closing and not self.closing.done()):
            return
        pool = self.engine.sync_engine.pool
        if isinstance(pool, QueuePool) and pool.checkedin() > self.most:
            self.closing = asyncio.get_running_loop().create_task(self.engine.dispose())
        self.most, self.looked_at = len(self.used), time.monotonic()


def refuse_dead(connection: AdaptedConnection, *_: object) -> None:
    """Let the pool replace a connection that a restarted database left behind.

    The driver knows by then. Asking the database each time would cost a request three round trips.
    """
    if connection.driver_connection.is_closed():
        raise InvalidatePoolError


def state_of_error(error: BaseException) -> str:
    """The SQLSTATE of an error of the database, nothing for any other error."""
    return str(getattr(error.orig if isinstance(error, DBAPIError) else error, "sqlstate", None) or "")


def may_do_later(error: BaseException) -> bool:
    """Whether an error of the database says that the same statements will do later."""
    state = state_of_error(error)
    return state in LATER or state[:2] in LATER_CLASSES


def make_sessions(engine: AsyncEngine) -> async_sessionmaker[AsyncSession]:
    """The factory of sessions; what was loaded stays readable after the commit."""
    return async_sessionmaker(engine, expire_on_commit=False)


@contextlib.asynccontextmanager
async def own_transaction(settings: ServiceSettings) -> AsyncIterator[AsyncSession]:
    """A session in a transaction, on a patient engine that ends with it: for commands."""
    engine = make_engine(settings, is_patient=True)
    try:
        async with make_sessions(engine).begin() as session:
            yield session
    finally:
        await engine.dispose()


async def repeat_in_transactions(
    settings: ServiceSettings, step: Callable[[AsyncSession], Awaitable[int]]
) -> int:
    """Do a step in one transaction after another until it finds nothing; return how much it did."""
    engine, count, done = make_engine(settings, is_patient=True), 0, 1
    sessions = make_sessions(engine)
    try:
        while done:
            async with sessions.begin() as session:
                done = await step(session)
            count += done
    finally:
        await engine.dispose()
    return count


def wake_after_commit(session: AsyncSession) -> None:
    """Have the workers look for new work as soon as this transaction is committed."""
    session.info[WAKES] = True


@contextlib.asynccontextmanager
async def transaction(
    sessions: async_sessionmaker[AsyncSession], wake: Callable[[], None]
) -> AsyncIterator[AsyncSession]:
    """A transaction, committed when the block ends; calls `wake` then if `wake_after_commit` was called."""
    async with sessions.begin() as session:
        yield session
    if session.info.pop(WAKES, False):
        wake()


@contextlib.asynccontextmanager
async def showing_life(connection: AsyncConnection) -> AsyncIterator[None]:
    """Keep a transaction from ending while the block runs, but not when this process hangs."""
    ended = asyncio.Event()
    await connection.execute(END_WHEN_HUNG)

    async def beat() -> None:
        while not ended.is_set():
            await connection.execute(text("SELECT 1"))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LIFE_SECONDS):
                    await ended.wait()

    beating = asyncio.create_task(beat())
    try:
        yield
    finally:
        ended.set()
        await beating


async def session_of(request: Request) -> AsyncIterator[AsyncSession]:
    """Give the request its session and commit it before the answer starts."""
    state = state_of(request, ServiceState)
    async with transaction(state.sessions, state.wake_workers) as session:
        yield session


# With scope="function" a commit that fails is a 500; by default it would come after a 201 had gone out.
Session = Annotated[AsyncSession, Depends(session_of, scope="function")]


def table_of(model: type[DeclarativeBase]) -> Table:
    """The table of a model, for statements that load no objects."""
    return cast(Table, model.__table__)


async def driver_of(session: AsyncSession) -> Driver:
    """The driver's own connection within the session's transaction, for COPY and `executemany`."""
    await session.execute(text("SELECT 1"))  # a session begins its transaction with its first statement
    raw = await (await session.connection()).get_raw_connection()
    driver: Driver | None = raw.driver_connection
    if driver is None:
        raise RuntimeError("the session has no connection")
    return driver


async def locked(session: AsyncSession, model: type[Aggregate], aggregate_id: UUID) -> Aggregate:
    """The aggregate, locked until the transaction ends; raises NotFound if there is none.

    Rows that refer to it need not wait, because ids never change. Otherwise two that refer to each other
    would wait for ever.
    """
    found = await session.scalar(
        select(model)
        .where(model.id == aggregate_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound
    return found
