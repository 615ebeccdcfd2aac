"""Reading what the board shows, for all loops of a page together."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Select, and_, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.measures.scope import Scope, Shape
from services.loop.models import FootprintCopy, Loop, LoopFeedback, OrganisationCopy
from services.loop.records import Commitment, Decision, HistoryEntry, OfLoop, Telling, Verdict
from services.loop.tellings.queries import FINAL, is_of_this_round
from shared.disclosure import FEWER, SMALL, Count, public_sum

FEED_ENTRIES = 50
IS_ANSWERED = LoopFeedback.set_aside_at.is_(None)
Part = TypeVar("Part", bound=OfLoop)


@dataclass(frozen=True, slots=True)
class BoardParts:
    """Everything that belongs to the loops of a page, by the loop's id."""

    decisions: dict[UUID, Decision]
    commitments: dict[UUID, list[Commitment]]
    told: Counter[UUID]
    verdicts: dict[UUID, list[Verdict]]
    updated: dict[UUID, datetime]
    names: dict[UUID, str]

    def name_of(self, loop: Loop) -> str | None:
        """The name of the body that a loop is about, or of its footprint; None while neither has arrived."""
        found = (self.names.get(each) for each in (loop.organisation_id, loop.footprint_id) if each)
        return next((name for name in found if name), None)


async def read_parts(session: AsyncSession, part: type[Part], ids: Sequence[UUID]) -> Sequence[Part]:
    """The parts of one kind of these loops, oldest first."""
    return (await session.scalars(select(part).where(part.loop_id.in_(ids)).order_by(part.id))).all()


async def verdicts_of_loops(session: AsyncSession, ids: Sequence[UUID]) -> Sequence[Verdict]:
    """The verdicts on these loops that each loop itself shows: those of earlier rounds count no more."""
    given = select(Verdict).join(Loop, Loop.id == Verdict.loop_id)
    given = given.where(Loop.id.in_(ids), is_of_this_round())
    return (await session.scalars(given.order_by(Verdict.id))).all()


async def board_parts(session: AsyncSession, loops: Sequence[Loop]) -> BoardParts:
    """Everything that belongs to these loops: the latest decision, and when the history last changed."""
    if not loops:
        return BoardParts({}, {}, Counter(), {}, {}, {})
    ids = [loop.id for loop in loops]
    delivered = select(Telling.loop_id, func.count(Telling.feedback_id.distinct())).where(
        Telling.loop_id.in_(ids), Telling.kind.in_(FINAL), Telling.state == "delivered"
    )
    last = select(HistoryEntry.loop_id, func.max(HistoryEntry.at)).where(HistoryEntry.loop_id.in_(ids))
    return BoardParts(
        decisions={decision.loop_id: decision for decision in await read_parts(session, Decision, ids)},
        commitments=group_by_loop(await read_parts(session, Commitment, ids)),
        told=Counter(dict((await session.execute(delivered.group_by(Telling.loop_id))).all())),
        verdicts=group_by_loop(await verdicts_of_loops(session, ids)),
        updated=dict((await session.execute(last.group_by(HistoryEntry.loop_id))).all()),
        names=await names_of_loops(session, loops),
    )


async def names_of_loops(session: AsyncSession, loops: Sequence[Loop]) -> dict[UUID, str]:
    """The names of the bodies and footprints of these loops, by their ids."""
    ids = {each for loop in loops for each in (loop.organisation_id, loop.footprint_id) if each}
    places = select(FootprintCopy.id, FootprintCopy.name).where(FootprintCopy.id.in_(ids))
    bodies = select(OrganisationCopy.id, OrganisationCopy.name).where(OrganisationCopy.id.in_(ids))
    return dict((await session.execute(places.union_all(bodies))).all())


def group_by_loop(parts: Sequence[Part]) -> dict[UUID, list[Part]]:
    """The parts by the loop that they belong to."""
    found: dict[UUID, list[Part]] = {}
    for part in parts:
        found.setdefault(part.loop_id, []).append(part)
    return found


@cache
def listed_loops(shape: Shape) -> Select[Loop]:
    """The query for the loops that a board lists: public loops, with demonstrations marked."""
    return select(Loop).where(shape.is_public)


@cache
def newest_loops(shape: Shape) -> Select[Loop]:
    """The query for the loops in which something happened last."""
    is_last = and_(HistoryEntry.loop_id == Loop.id, HistoryEntry.position == Loop.history_length)
    wanted = listed_loops(shape).join(HistoryEntry, is_last)
    return wanted.order_by(HistoryEntry.at.desc(), Loop.id.desc()).limit(FEED_ENTRIES)


async def latest_loops(session: AsyncSession, scope: Scope) -> Sequence[Loop]:
    """The loops in which something happened last."""
    return (await session.scalars(newest_loops(scope.shape), scope.values)).all()


async def name_of(session: AsyncSession, scope: Scope) -> str | None:
    """The name of the body or footprint of a board."""
    if scope.organisation_id and (found := await session.get(OrganisationCopy, scope.organisation_id)):
        return found.name
    place = scope.footprint_id or scope.organisation_id
    copy = await session.get(FootprintCopy, place) if place else None
    return copy.name if copy else None


@dataclass(frozen=True, slots=True)
class Counts:
    """The statements that count what the loops of a board answer, and its demonstrations."""

    feedback: Select[int]
    public_feedback: Select[int, int]
    demonstrations: Select[int]


@cache
def counts_of(shape: Shape) -> Counts:
    """The statements that count for a board whose loops are chosen so."""
    linked = select(func.count(LoopFeedback.feedback_id.distinct())).join(
        Loop, Loop.id == LoopFeedback.loop_id
    )
    size = func.count(LoopFeedback.feedback_id)
    sizes = select(LoopFeedback.loop_id.label("loop_id"), size.label("size")).join(
        Loop, Loop.id == LoopFeedback.loop_id
    )
    by_loop = sizes.where(shape.is_counted, IS_ANSWERED).group_by(LoopFeedback.loop_id).cte("by_loop")
    large = select(by_loop.c.loop_id).where(by_loop.c.size >= SMALL)
    known = select(func.count(LoopFeedback.feedback_id.distinct()))
    known = known.where(LoopFeedback.loop_id.in_(large), IS_ANSWERED)
    small = select(func.count()).select_from(by_loop).where(by_loop.c.size < SMALL)
    others = shape.is_public, Loop.demonstration != bindparam("demonstration")
    return Counts(
        feedback=linked.where(shape.is_counted, IS_ANSWERED),
        public_feedback=select(known.scalar_subquery(), small.scalar_subquery()),
        demonstrations=select(func.count(Loop.id)).where(*others),
    )


async def count_feedback(session: AsyncSession, scope: Scope) -> int:
    """How many pieces of feedback the loops that count answer."""
    return await session.scalar(counts_of(scope.shape).feedback, scope.values) or 0


async def public_count_of_feedback(session: AsyncSession, scope: Scope) -> Count:
    """How many that is as the public may see it: a loop with few pieces is not told by what is left."""
    counted = await session.execute(counts_of(scope.shape).public_feedback, scope.values)
    in_large, few = counted.one()
    return public_sum([*([in_large] if in_large else []), *[FEWER] * few])


async def count_demonstrations(session: AsyncSession, scope: Scope) -> int:
    """How many public loops are demonstrations that do not count here."""
    return await session.scalar(counts_of(scope.shape).demonstrations, scope.values) or 0
