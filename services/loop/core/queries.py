"""Reading the parts of a loop: decisions, commitments, evidence and their verifications."""

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Date, Uuid, bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.core.attempts import Part
from services.loop.models import Loop, OrganisationCopy
from services.loop.records import Commitment, Decision, Evidence, HistoryEntry, OfLoop, Verification
from shared.clock import today
from shared.errors import NotFound

DRAFT = "draft"
# Registers name an heir some weeks after a body closed, or take the closing back.
HEIR_NAMED_WITHIN = timedelta(days=28)
PartOfLoop = TypeVar("PartOfLoop", bound=OfLoop)
# Who took one of these steps has a part in the loop, and judges no evidence of it.
PARTS = (
    DRAFT,
    "decision",
    "commitment",
    "acceptance",
    "revision",
    "change_claim",
    "evidence",
    "evidence_before",
)


# Over both tables of copies: a trust may become a part of a board, and a board that of another. What closed
# without an heir became that of the board of its place. Who operates a body has people in common with it.
KIN = (
    text(
        """
    WITH RECURSIVE body AS NOT MATERIALIZED (
        SELECT id, successors, operated_by, CASE WHEN successors = '[]' AND valid_to < :closed_before
            THEN footprint_id END AS board FROM organisation_copy
        UNION ALL SELECT id, successors, operated_by, NULL FROM footprint_copy
    ), before (id) AS (
        SELECT unnest(CAST(:ids AS uuid[]))
        UNION SELECT body.id FROM before
        JOIN body ON body.successors <> '[]'  -- most have none, and to compare these costs less
        AND body.successors @> jsonb_build_array(jsonb_build_object('id', before.id))
        OR before.id = ANY (body.operated_by)
    ), after (id) AS (
        SELECT unnest(CAST(:ids AS uuid[]))
        UNION SELECT heir.id FROM after JOIN body ON body.id = after.id CROSS JOIN LATERAL (
            SELECT CAST(each ->> 'id' AS uuid) FROM jsonb_array_elements(body.successors) AS each
            UNION ALL SELECT body.board WHERE body.board IS NOT NULL
            UNION ALL SELECT unnest(body.operated_by)
        ) AS heir (id)
    )
    SELECT id FROM before UNION SELECT id FROM after
    UNION SELECT body.id FROM before JOIN body ON body.board = before.id
    """
    )
    .bindparams(bindparam("closed_before", type_=Date))
    .columns(id=Uuid)
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
    """Everybody with a part in a loop: those who took its steps, and the teams that accepted its promises."""
    entries = select(HistoryEntry.step, HistoryEntry.body).where(HistoryEntry.loop_id == loop_id)
    taken = entries.where(HistoryEntry.step.in_(PARTS)).order_by(HistoryEntry.position)
    hands = [(step, json.loads(body)["by"]) for step, body in await session.execute(taken)]
    owned = select(Commitment.owner_organisation_id, Commitment.owner_team)
    # Whoever is only named has no part: a body could keep any judge out by naming them.
    accepted = Commitment.loop_id == loop_id, Commitment.accepted_at.is_not(None)
    owners = (await session.execute(owned.where(*accepted))).all()
    acted = [
        Part(
            UUID(by["organisation"]) if by["organisation"] else None,
            by["team"],
            by["actor"],
            answers=step != DRAFT,
        )
        for step, by in hands
    ]
    return [*acted, *(Part(organisation, team, None) for organisation, team in owners)]


def bodies_answering(loop: Loop, parts: Iterable[Part]) -> set[UUID]:
    """The bodies that must answer a loop, and all that had a part in what it answers, also earlier owners."""
    return loop.bodies | {part.organisation for part in parts if part.answers and part.organisation}


async def kin_of(session: AsyncSession, bodies: Collection[UUID | None]) -> frozenset[UUID]:
    """These bodies, all that they came from or operate, and all that they became or that operate them.

    None of them witnesses for another. A body keeps its people, and its old keys, through a merger.
    """
    ids = [body for body in bodies if body]
    given = {"ids": ids, "closed_before": today() - HEIR_NAMED_WITHIN}
    return frozenset(await session.scalars(KIN, given) if ids else ())


async def is_any_demonstration(session: AsyncSession, organisations: set[UUID | None]) -> bool:
    """Whether any of these organisations is marked as a demonstration."""
    known = organisations - {None}
    if not known:
        return False
    marked = select(OrganisationCopy.id).where(OrganisationCopy.demonstration)
    named = marked.where(OrganisationCopy.id.in_(known)).limit(1)
    return await session.scalar(named) is not None
