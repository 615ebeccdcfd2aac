"""Reads and writes of the copies of the registry's bodies."""

from typing import Any, TypeVar

from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.models import FootprintCopy, LoopMoment, OrganisationCopy
from shared.schemas import ref_parts

Copy = TypeVar("Copy", FootprintCopy, OrganisationCopy)


async def by_ref(session: AsyncSession, model: type[Copy], ref: str, *conditions: Any) -> Copy | None:
    """Return the body that an id or a code stands for; of several with one code, the latest."""
    scheme, value = ref_parts(ref)
    if model is FootprintCopy:
        # One that was withdrawn before its first day never was.
        was = or_(FootprintCopy.valid_to.is_(None), FootprintCopy.valid_to >= FootprintCopy.valid_from)
        conditions = (*conditions, was)
    found: Copy | None = await session.scalar(
        select(model)
        .where(getattr(model, scheme) == value, *conditions)
        .order_by(model.valid_to.desc().nulls_first(), model.id.desc())
        .limit(1)
    )
    return found


async def keep_first(session: AsyncSession, moment: LoopMoment) -> None:
    """Keep when something first happened to a loop, in whatever order it is heard of."""
    row = insert(LoopMoment).values(loop_id=moment.loop_id, what=moment.what, at=moment.at)
    earlier = {"at": func.least(LoopMoment.at, row.excluded.at)}
    await session.execute(row.on_conflict_do_update(index_elements=["loop_id", "what"], set_=earlier))
