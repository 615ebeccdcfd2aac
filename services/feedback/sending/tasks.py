"""The teller: the part of feedback's worker that tells people, with its own database role and key.

It is a part of the worker, not a process: every service has the same two processes. The role that may read
contributors, and the key that opens them, are used on a separate connection and nowhere else.
"""

from collections.abc import Awaitable, Callable
from typing import cast

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from services.feedback.sending.assessing import assess_reach
from services.feedback.sending.domain import (
    carry_out_unsubscriptions,
    find_addressees,
    make_mail,
    send_mail,
)
from services.feedback.sending.teller import Teller
from services.feedback.settings import Settings
from shared.db import make_engine, make_sessions, transaction
from shared.logs import log
from shared.worker import Task, WorkerContext

POLL_SECONDS = 1.0
CONNECTIONS = 2
Work = Callable[[AsyncSession, Teller], Awaitable[int]]
# Each does a little work in a transaction of its own; after a crash the next run continues where it was.
WORK: tuple[Work, ...] = (carry_out_unsubscriptions, find_addressees, make_mail, send_mail, assess_reach)


async def tell_people(context: WorkerContext) -> None:
    """Tell people until the worker stops; several workers share the work."""
    settings = cast(Settings, context.settings)
    if not (settings.teller_database_url and settings.contributor_private_key):
        log.warning(
            "nobody_is_told", because="the teller's database role or the contributors' key is missing"
        )
        await context.stopping.wait()
        return
    own = {"database_url": settings.teller_database_url, "pool_size": CONNECTIONS}
    engine = make_engine(settings.model_copy(update=own))
    try:
        teller, sessions = Teller.from_settings(settings), make_sessions(engine)
        context.started.add(tell_people.__name__)
        while not context.stopping.is_set():
            if not await work_once(context, sessions, teller):
                await context.pause(POLL_SECONDS)
    finally:
        await engine.dispose()


async def work_once(
    context: WorkerContext, sessions: async_sessionmaker[AsyncSession], teller: Teller
) -> int:
    """Do a little of each kind of work; return how much that was."""
    done = 0
    for work in WORK:
        async with transaction(sessions, context.notifier.notify_soon) as session:
            done += await work(session, teller)
    return done


TASKS: tuple[Task, ...] = (tell_people,)
