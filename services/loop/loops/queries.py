"""Reading loops: who may see which."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Select, false, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.models import Loop
from shared.auth import Caller

BATCH = 500
LOOP_SCOPES = frozenset({"loop:read", "loop:write", "loop:raise", "loop:verify"})


def seen_by(caller: Caller) -> ColumnElement[bool]:
    """Tell which loops a caller may see: a draft is its body's and its raiser's alone."""
    own = caller.organisation_id
    if own is None or not caller.scopes & LOOP_SCOPES:
        return false()
    return or_(Loop.organisation_id == own, Loop.footprint_id == own, Loop.raiser_id == own)


def loops_seen_by(caller: Caller) -> Select[Loop]:
    """Return the query for the loops that a caller may see."""
    return select(Loop).where(seen_by(caller))


async def loop_seen_by(session: AsyncSession, caller: Caller, loop_id: UUID) -> Loop | None:
    """Return a loop if the caller may see it."""
    return (await session.scalars(loops_seen_by(caller).where(Loop.id == loop_id))).one_or_none()


async def loops_after(session: AsyncSession, last: UUID | None) -> Sequence[Loop]:
    """Return the next loops in the order of their ids."""
    following = select(Loop).order_by(Loop.id).limit(BATCH)
    return (await session.scalars(following.where(Loop.id > last) if last else following)).all()
