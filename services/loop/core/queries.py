"""Reading the parts of a loop: decisions, commitments, evidence and their verifications."""

import json
from collections.abc import Sequence
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.core.attempts import Part
from services.loop.models import OrganisationCopy
from services.loop.records import Commitment, Decision, Evidence, HistoryEntry, OfLoop, Verification
from shared.errors import NotFound

PartOfLoop = TypeVar("PartOfLoop", bound=OfLoop)
# Who took one of these steps has a part in the loop, and judges no evidence of it.
PARTS = (
    "draft",
    "decision",
    "commitment",
    "acceptance",
    "revision",
    "change_claim",
    "evidence",
    "evidence_before",
)


async def parts_of(session: AsyncSession, part: type[PartOfLoop], loop_id: UUID) -> Sequence[PartOfLoop]:
    """A loop's parts of one kind as they are now, oldest first; ids are made in order."""
    found = select(part).where(part.loop_id == loop_id).order_by(part.id)
    return (await session.scalars(found.execution_options(populate_existing=True))).all()


async def loop_of_part(session: AsyncSession, part: type[PartOfLoop], part_id: UUID) -> UUID:
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


async def parts_taken(session: AsyncSession, loop_id: UUID) -> list[Part]:
    """Everybody with a part in a loop: those who took its steps, and the teams that own its commitments."""
    entries = select(HistoryEntry.body).where(HistoryEntry.loop_id == loop_id)
    taken = entries.where(HistoryEntry.step.in_(PARTS)).order_by(HistoryEntry.position)
    hands = [json.loads(body)["by"] for body in await session.scalars(taken)]
    owned = select(Commitment.owner_organisation_id, Commitment.owner_team)
    owners = (await session.execute(owned.where(Commitment.loop_id == loop_id))).all()
    acted = [
        Part(UUID(by["organisation"]) if by["organisation"] else None, by["team"], by["actor"])
        for by in hands
    ]
    return [*acted, *(Part(organisation, team, None) for organisation, team in owners)]


async def is_any_demonstration(session: AsyncSession, organisations: set[UUID | None]) -> bool:
    """Whether any of these organisations is marked as a demonstration."""
    marked = select(OrganisationCopy.id).where(OrganisationCopy.demonstration)
    named = marked.where(OrganisationCopy.id.in_(organisations - {None})).limit(1)
    return await session.scalar(named) is not None
