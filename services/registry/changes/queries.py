"""The order of changes."""

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.models import Revision

NUMBER = select(Revision.number).where(Revision.id == 1).scalar_subquery()


async def next_positions(session: AsyncSession, count: int) -> int:
    """Take the next places in the order of changes and return the first; others wait until the commit."""
    taken = update(Revision).where(Revision.id == 1).values(number=Revision.number + count)
    statement = taken.returning(Revision.number).execution_options(synchronize_session=False)
    last = (await session.execute(statement)).scalar_one()
    return last - count + 1
