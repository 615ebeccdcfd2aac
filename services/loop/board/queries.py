"""Reading what the board shows, for all loops of a page at once."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.measures.scope import Scope
from services.loop.models import FootprintCopy, Loop, LoopFeedback, OrganisationCopy
from services.loop.records import Commitment, Decision, HistoryEntry, Telling, Verdict
from services.loop.tellings.queries import FINAL

FEED_ENTRIES = 50


@dataclass(frozen=True, slots=True)
class Parts:
    """All that belongs to some loops, by the loop's id."""

    decisions: dict[UUID, Decision]
    commitments: dict[UUID, list[Commitment]]
    told: Counter[UUID]
    verdicts: dict[UUID, list[Verdict]]
    updated: dict[UUID, datetime]


async def parts_of(session: AsyncSession, ids: Sequence[UUID]) -> Parts:
    """Return what belongs to these loops: of decisions the latest, of the history when it last went on."""

    async def rows(part: type[Any]) -> Sequence[Any]:
        return (await session.scalars(select(part).where(part.loop_id.in_(ids)).order_by(part.id))).all()

    delivered = select(Telling.loop_id, func.count(Telling.feedback_id.distinct())).where(
        Telling.loop_id.in_(ids), Telling.kind.in_(FINAL), Telling.state == "delivered"
    )
    last = select(HistoryEntry.loop_id, func.max(HistoryEntry.at)).where(HistoryEntry.loop_id.in_(ids))
    return Parts(
        decisions={decision.loop_id: decision for decision in await rows(Decision)},
        commitments=grouped(await rows(Commitment)),
        told=Counter(dict((await session.execute(delivered.group_by(Telling.loop_id))).all())),
        verdicts=grouped(await rows(Verdict)),
        updated=dict((await session.execute(last.group_by(HistoryEntry.loop_id))).all()),
    )


def grouped(parts: Sequence[Any]) -> dict[UUID, list[Any]]:
    """Return parts by the loop that they belong to."""
    found: dict[UUID, list[Any]] = {}
    for part in parts:
        found.setdefault(part.loop_id, []).append(part)
    return found


async def latest_loops(session: AsyncSession, scope: Scope) -> Sequence[Loop]:
    """Return the loops in which something happened last."""
    last = select(HistoryEntry.loop_id, func.max(HistoryEntry.at).label("at")).group_by(HistoryEntry.loop_id)
    newest = last.subquery()
    wanted = select(Loop).join(newest, newest.c.loop_id == Loop.id).where(scope.public)
    ordered = wanted.order_by(newest.c.at.desc(), Loop.id.desc()).limit(FEED_ENTRIES)
    return (await session.scalars(ordered)).all()


async def name_of(session: AsyncSession, scope: Scope) -> str | None:
    """Return the name of the body or footprint that a board is of."""
    if scope.organisation_id and (found := await session.get(OrganisationCopy, scope.organisation_id)):
        return found.name
    place = scope.footprint_id or scope.organisation_id
    copy = await session.get(FootprintCopy, place) if place else None
    return copy.name if copy else None


async def said_in(session: AsyncSession, scope: Scope) -> int:
    """Return how many pieces of feedback the loops that count answer."""
    linked = select(func.count(LoopFeedback.feedback_id.distinct())).join(
        Loop, Loop.id == LoopFeedback.loop_id
    )
    return await session.scalar(linked.where(scope.counted)) or 0


async def demonstrations_in(session: AsyncSession, scope: Scope) -> int:
    """Return how many public loops are demonstrations that do not count here."""
    shown = select(func.count(Loop.id)).where(scope.public, Loop.demonstration != scope.demonstration)
    return await session.scalar(shown) or 0
