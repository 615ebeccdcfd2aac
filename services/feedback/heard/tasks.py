"""What the worker does to learn who was heard, with the role that may read contributors."""

from typing import cast

from services.feedback.codes import ReplyKeys
from services.feedback.heard.closing import close_next_quarter
from services.feedback.settings import Settings
from shared.db import make_engine, make_sessions
from shared.worker import WorkerContext, every

CLOSE_SECONDS = 3600


async def close_quarters(context: WorkerContext) -> None:
    """Make the quarters public whose months are; without the teller's role none is."""
    settings = cast(Settings, context.settings)
    if not settings.teller_database_url:
        return
    own = {"database_url": settings.teller_database_url, "pool_size": 1}
    engine, closed = make_engine(settings.model_copy(update=own)), 1
    codes, tellers = ReplyKeys(settings.reply_key), make_sessions(engine)
    try:
        while closed:
            async with context.transaction() as session, tellers.begin() as teller:
                closed = await close_next_quarter(session, teller, codes)
    finally:
        await engine.dispose()


TASKS = (every(CLOSE_SECONDS, "close_quarters", close_quarters),)
