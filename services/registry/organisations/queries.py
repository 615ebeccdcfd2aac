"""Organisations: which there were on a day."""

from datetime import date
from functools import lru_cache
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies.queries import in_force, open_on, was_open_on
from services.registry.footprints.queries import members_on, named_like
from services.registry.models import Body, BodyCode


# Kept for what is asked again and again: building the statement costs more than running it.
@lru_cache(maxsize=256)
def organisations_on(
    as_of: date,
    *,
    ods: str | None,
    kind: str | None,
    footprint: UUID | None,
    words: str | None,
    earlier: bool = False,
) -> Select[UUID]:
    """Select the ids of the organisations that were open on a day; with `earlier`, as said at an instant."""
    wanted = select(Body.id).where(Body.is_organisation, was_open_on(as_of) if earlier else open_on(as_of))
    if ods:
        coded = select(BodyCode.body_id).where(BodyCode.scheme == "ods", BodyCode.code == ods)
        wanted = wanted.where(Body.id.in_(coded.where(in_force(BodyCode, as_of))))
    if kind:
        wanted = wanted.where(Body.kind == kind)
    if footprint:
        wanted = wanted.where(Body.id.in_(members_on(footprint, as_of)))
    return wanted.where(named_like(words)) if words else wanted


async def is_key(session: AsyncSession, key: str) -> bool:
    """Tell whether a body is known by a key."""
    return await session.scalar(select(Body.id).where(Body.key == key)) is not None
