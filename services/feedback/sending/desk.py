"""What an operator sees of sending, and may do: count, and let go what was held. Never who it is for."""

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.sending.models import Sending


async def counts(session: AsyncSession) -> list[tuple[str, str | None, int]]:
    """Return how many tellings are in which state, and why."""
    by = (Sending.state, Sending.reason)
    found = await session.execute(select(*by, func.count()).group_by(*by).order_by(*by))
    return [(state, reason, count) for state, reason, count in found]


async def release(session: AsyncSession) -> int:
    """Let what is held be looked at again; return how many tellings that are."""
    held = update(Sending).where(Sending.state == "held").returning(Sending.id)
    released = await session.scalars(held.values(state="waiting", person_ref=None))
    return len(released.all())
