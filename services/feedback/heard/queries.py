"""Statements about who was heard."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.heard.models import HeardCount, HeardQuarter
from services.feedback.models import FootprintCopy


class HeardRow(NamedTuple):
    """A count of a closed quarter; a quarter without any has one row, without a question."""

    quarter: date
    hides: int
    question: str | None
    code: str
    n: int


async def heard_counts(session: AsyncSession, footprints: Sequence[UUID]) -> list[HeardRow]:
    """What is known of who was heard about these footprints in each closed quarter, oldest first."""
    columns = (HeardQuarter.quarter, HeardQuarter.hides, HeardCount.question, HeardCount.code, HeardCount.n)
    is_theirs = (HeardCount.quarter == HeardQuarter.quarter) & HeardCount.footprint_id.in_(footprints)
    wanted = select(*columns).outerjoin(HeardCount, is_theirs).order_by(HeardQuarter.quarter)
    return [HeardRow._make(row) for row in await session.execute(wanted)]


async def ods_of_footprint(session: AsyncSession, footprint_id: UUID) -> str | None:
    """The code by which the census figures of a footprint are found."""
    ods: str | None = await session.scalar(select(FootprintCopy.ods).where(FootprintCopy.id == footprint_id))
    return ods
