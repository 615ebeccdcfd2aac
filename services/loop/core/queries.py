"""Reading the parts of a loop: decisions, commitments, evidence and their verifications."""

from collections.abc import Sequence
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.models import OrganisationCopy
from services.loop.records import Decision, Evidence, OfLoop, Verification
from shared.errors import NotFound

Part = TypeVar("Part", bound=OfLoop)


async def parts_of(session: AsyncSession, part: type[Part], loop_id: UUID) -> Sequence[Part]:
    """A loop's parts of one kind as they are now, oldest first; ids are made in order."""
    found = select(part).where(part.loop_id == loop_id).order_by(part.id)
    return (await session.scalars(found.execution_options(populate_existing=True))).all()


async def loop_of_part(session: AsyncSession, part: type[Part], part_id: UUID) -> UUID:
    """The loop that a commitment or a piece of evidence belongs to; NotFound when there is none."""
    found = await session.scalar(select(part.loop_id).where(part.id == part_id))
    if found is None:
        raise NotFound
    return found


async def latest_decision(session: AsyncSession, loop_id: UUID) -> Decision | None:
    """A loop's newest decision."""
    newest = select(Decision).where(Decision.loop_id == loop_id).order_by(Decision.id.desc()).limit(1)
    return (await session.scalars(newest)).one_or_none()


async def evidence_of(
    session: AsyncSession, loop_id: UUID, commitment_id: UUID | None
) -> tuple[Sequence[Evidence], Sequence[Verification]]:
    """The evidence of a commitment, or of the loop itself, with what others made of it."""
    about = Evidence.commitment_id == commitment_id if commitment_id else Evidence.commitment_id.is_(None)
    mine = select(Evidence).where(Evidence.loop_id == loop_id, about).order_by(Evidence.id)
    evidence = (await session.scalars(mine)).all()
    judged = select(Verification).where(Verification.evidence_id.in_([each.id for each in evidence]))
    return evidence, (await session.scalars(judged)).all() if evidence else []


async def is_any_demonstration(session: AsyncSession, organisations: set[UUID | None]) -> bool:
    """Whether any of these organisations is marked as a demonstration."""
    marked = select(OrganisationCopy.id).where(OrganisationCopy.demonstration)
    named = marked.where(OrganisationCopy.id.in_(organisations - {None})).limit(1)
    return await session.scalar(named) is not None
