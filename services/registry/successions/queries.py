"""Reading successions: which bodies took over on a day, and which successions have been applied."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.ledger.views import NOW, is_said
from services.registry.models import Body, Relation, Succession


async def links_on(session: AsyncSession, day: date) -> dict[UUID, list[Relation]]:
    """The links of all footprints that were succeeded on a day, the largest share first."""
    wanted = (
        select(Relation)
        .join(Body, Body.id == Relation.from_id)
        .where(Relation.kind == "succeeded_by", Relation.valid_from == day, Body.is_footprint)
        .where(is_said(Relation, NOW))
        .order_by(Relation.from_id, Relation.share.desc().nulls_last(), Relation.to_id)
    )
    found: dict[UUID, list[Relation]] = {}
    for link in await session.scalars(wanted):
        found.setdefault(link.from_id, []).append(link)
    return found


async def find_applied(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, Succession]:
    """The successions of these predecessors that have been applied."""
    found = await session.scalars(select(Succession).where(Succession.predecessor_id.in_(ids)))
    return {each.predecessor_id: each for each in found}


async def members_until(session: AsyncSession, ids: Collection[UUID], day: date) -> list[tuple[UUID, UUID]]:
    """The organisations that belonged to footprints until a day: (organisation, footprint)."""
    wanted = select(Relation.from_id, Relation.to_id).where(
        Relation.to_id.in_(ids),
        Relation.kind == "member_of",
        Relation.valid_to == day,
        is_said(Relation, NOW),
    )
    return [(organisation, footprint) for organisation, footprint in await session.execute(wanted)]
