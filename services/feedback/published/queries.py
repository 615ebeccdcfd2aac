"""Statements about published counts."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import contains_eager

from services.feedback.models import FootprintCopy, OrganisationCopy
from services.feedback.published.models import PublishedCount, PublishedEdition
from services.feedback.published.schemas import CareService, Level

TOGETHER = 1000


def current_counts(service: CareService | None, level: Level | None) -> Select[PublishedCount]:
    """Select the counts of the latest file of each service and month."""
    wanted = (
        select(PublishedCount).join(PublishedCount.said_in).options(contains_eager(PublishedCount.said_in))
    )
    wanted = wanted.where(PublishedEdition.is_current)
    if service:
        wanted = wanted.where(PublishedEdition.service == service)
    return wanted.where(PublishedCount.level == level) if level else wanted


async def lock_editions(
    session: AsyncSession, service: CareService, month: date
) -> Sequence[PublishedEdition]:
    """The files of a service and month, in their order; others that load one wait."""
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"{service} {month}"))))
    same = select(PublishedEdition).where(
        PublishedEdition.service == service, PublishedEdition.month == month
    )
    return (await session.scalars(same.order_by(PublishedEdition.edition))).all()


async def set_current(session: AsyncSession, edition: PublishedEdition) -> None:
    """Show the counts of this file, and no longer those of earlier ones of the month."""
    same = [PublishedEdition.service == edition.service, PublishedEdition.month == edition.month]
    await session.execute(
        update(PublishedEdition).where(*same, PublishedEdition.id != edition.id).values(is_current=False)
    )


async def replace_counts(session: AsyncSession, edition_id: UUID, rows: Sequence[dict[str, Any]]) -> None:
    """Store the rows of a file, in the place of those that it had."""
    await session.execute(delete(PublishedCount).where(PublishedCount.edition_id == edition_id))
    for start in range(0, len(rows), TOGETHER):
        await session.execute(insert(PublishedCount), rows[start : start + TOGETHER])


async def organisations_of_codes(session: AsyncSession, codes: Collection[str], on: date) -> dict[str, UUID]:
    """The organisation that had each code on a day: one that had not ended, if there is one."""
    wanted = select(OrganisationCopy.ods, OrganisationCopy.id).where(OrganisationCopy.ods.in_(codes))
    ended = func.coalesce(OrganisationCopy.valid_to <= on, False)
    rows = (await session.execute(wanted.order_by(ended.desc(), OrganisationCopy.id))).all()
    return {str(code): organisation_id for code, organisation_id in rows}


async def footprints_of_codes(session: AsyncSession, codes: Collection[str], on: date) -> dict[str, UUID]:
    """The footprint that had each code on a day."""
    lasts = or_(FootprintCopy.valid_to.is_(None), FootprintCopy.valid_to > on)
    wanted = select(FootprintCopy.ods, FootprintCopy.id).where(
        FootprintCopy.ods.in_(codes), FootprintCopy.valid_from <= on, lasts
    )
    return {str(code): footprint_id for code, footprint_id in await session.execute(wanted)}
