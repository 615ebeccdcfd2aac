"""Reading what the board shows, for all loops of a page together."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.measures.scope import Scope, Shape
from services.loop.models import FootprintCopy, Loop, LoopFeedback, OrganisationCopy
from services.loop.records import Commitment, Decision, OfLoop, Verdict
from services.loop.tellings.queries import is_of_this_round, was_told

FEED_ENTRIES = 50
Part = TypeVar("Part", bound=OfLoop)


@dataclass(frozen=True, slots=True)
class BoardParts:
    """Everything that belongs to the loops of a page, by the loop's id."""

    decisions: dict[UUID, Decision]
    commitments: dict[UUID, list[Commitment]]
    told: Counter[UUID]
    verdicts: dict[UUID, list[Verdict]]
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
    """Everything that belongs to these loops, such as the latest decision."""
    if not loops:
        return BoardParts({}, {}, Counter(), {}, {})
    ids = [loop.id for loop in loops]
    told = select(Loop.id, func.count()).join(LoopFeedback, LoopFeedback.loop_id == Loop.id)
    told = told.where(Loop.id.in_(ids), Loop.state == "closed", ~LoopFeedback.is_praise, was_told())
    return BoardParts(
        decisions={decision.loop_id: decision for decision in await read_parts(session, Decision, ids)},
        commitments=group_by_loop(await read_parts(session, Commitment, ids)),
        told=Counter(dict((await session.execute(told.group_by(Loop.id))).all())),
        verdicts=group_by_loop(await verdicts_of_loops(session, ids)),
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
    return listed_loops(shape).order_by(Loop.last_entry_at.desc(), Loop.id.desc()).limit(FEED_ENTRIES)


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
