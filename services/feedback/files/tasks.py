"""What the worker does for files: delete what came to its end."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.files import queries
from shared.clock import now
from shared.worker import Task, every, until_done

DELETE_SECONDS = 3600
DELETED_TOGETHER = 20


async def delete_ended_files(session: AsyncSession) -> int:
    """Delete the next files that came to their end; return how many."""
    return await queries.delete_files(session, now(), DELETED_TOGETHER)


TASKS: tuple[Task, ...] = (every(DELETE_SECONDS, "delete_ended_files", until_done(delete_ended_files)),)
