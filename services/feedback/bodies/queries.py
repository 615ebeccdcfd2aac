"""Statements that find bodies in this service's copies of the registry, and that keep the copies."""

from datetime import date
from typing import TypeVar
from uuid import UUID

from sqlalchemy import CTE, Float, Select, Subquery, Uuid, cast, func, literal, or_, select
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.models import FootprintCopy, LoopMoment, OrganisationCopy
from shared.copies import SUCCESSIONS_MAX
from shared.schemas import ref_parts

Copy = TypeVar("Copy", FootprintCopy, OrganisationCopy)


def copy_of_ref(model: type[Copy], ref: str) -> Select[Copy]:
    """The copy that an id or a code stands for: of several with the same code, the latest."""
    scheme, value = ref_parts(ref)
    matching = select(model).where(getattr(model, scheme) == value)
    return matching.order_by(model.valid_to.desc().nulls_first(), model.id.desc()).limit(1)


def footprint_id_of_ref(ref: str, today: date, *, only_organisations: bool = False) -> Select[UUID]:
    """The footprint that a reference leads to today.

    An abolished footprint leads to its heir with the largest share, and so on, up to ten times.
    """
    # A footprint that was withdrawn before its first day never existed.
    existed = or_(FootprintCopy.valid_to.is_(None), FootprintCopy.valid_to >= FootprintCopy.valid_from)
    start = copy_of_ref(FootprintCopy, ref).where(existed)
    if only_organisations:
        start = start.where(FootprintCopy.is_organisation)
    walk = heirs_from(start.subquery(), today)
    return select(walk.c.id).order_by(walk.c.hop.desc()).limit(1)


def heirs_from(start: Subquery, today: date) -> CTE:
    """The footprint to start from and each heir after it, numbered by `hop`."""
    walk = select(start.c.id, start.c.valid_to, start.c.successors, literal(0).label("hop")).cte(
        "walk", recursive=True
    )
    elements = func.jsonb_array_elements(walk.c.successors)
    heir = elements.table_valued("value", with_ordinality="place", joins_implicitly=True).render_derived()
    value = cast(heir.c.value, JSONB)
    largest = (
        select(cast(value["id"].astext, Uuid))
        .select_from(heir)
        .order_by(cast(value["share"].astext, Float).desc(), heir.c.place)
        .limit(1)
        .scalar_subquery()
    )
    columns = (FootprintCopy.id, FootprintCopy.valid_to, FootprintCopy.successors, walk.c.hop + 1)
    following = select(*columns).select_from(walk).join(FootprintCopy, FootprintCopy.id == largest)
    return walk.union_all(following.where(walk.c.valid_to < today, walk.c.hop < SUCCESSIONS_MAX))


def organisation_id_of_ref(ref: str, today: date) -> Select[UUID]:
    """The organisation that a reference stands for: a footprint with a body of its own is one too."""
    organisation = copy_of_ref(OrganisationCopy, ref).with_only_columns(OrganisationCopy.id)
    footprint = footprint_id_of_ref(ref, today, only_organisations=True)
    return select(func.coalesce(organisation.scalar_subquery(), footprint.scalar_subquery()))


async def record_first_moment(session: AsyncSession, moment: LoopMoment) -> None:
    """Store when something first happened to a loop, whatever the order in which events arrive."""
    row = insert(LoopMoment).values(loop_id=moment.loop_id, what=moment.what, at=moment.at)
    earlier = {"at": func.least(LoopMoment.at, row.excluded.at)}
    await session.execute(row.on_conflict_do_update(index_elements=["loop_id", "what"], set_=earlier))
