"""Statements about the copies of loops: keeping them, and finding those that answer feedback."""

from collections.abc import Collection, Sequence
from typing import NamedTuple, TypeVar
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, func, select, true
from sqlalchemy.dialects.postgresql import array, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from services.feedback.loops.models import LoopDecision, LoopMoment, LoopPromise
from services.feedback.models import LoopCopy
from shared.db import table_of

# So many loops of a piece, and decisions and promises of a loop, are shown: the newest.
SHOWN = 20
Fact = TypeVar("Fact", LoopDecision, LoopPromise)


class AnswersFound(NamedTuple):
    """The loops that answer pieces of feedback, each with the piece, oldest first; what happened in them."""

    loops: Sequence[tuple[UUID, LoopCopy]]
    moments: Sequence[LoopMoment] = ()
    decisions: Sequence[LoopDecision] = ()
    promises: Sequence[LoopPromise] = ()


async def loops_answering(session: AsyncSession, feedback_ids: Collection[UUID]) -> AnswersFound:
    """The newest 20 loops that answer each of these pieces of feedback, with what happened in them."""
    piece = (
        func.unnest(bindparam("pieces", type_=ARRAY(Uuid))).table_valued("id", name="piece").render_derived()
    )
    each = aliased(LoopCopy)
    answering = select(each.id).where(each.feedback_ids.contains(array([piece.c.id])))
    newest = answering.order_by(each.id.desc()).limit(SHOWN).lateral("newest")
    wanted = select(piece.c.id, LoopCopy).select_from(piece).join(newest, true())
    wanted = wanted.join(LoopCopy, LoopCopy.id == newest.c.id).order_by(LoopCopy.id)
    found = await session.execute(wanted, {"pieces": list(feedback_ids)})
    loops = [(row[0], row[1]) for row in found]
    if not loops:
        return AnswersFound(())
    ids = {loop.id for _, loop in loops}
    moments = select(LoopMoment).where(LoopMoment.loop_id.in_(ids)).order_by(LoopMoment.at)
    return AnswersFound(
        loops,
        (await session.scalars(moments)).all(),
        await newest_of_loops(session, LoopDecision, ids),
        await newest_of_loops(session, LoopPromise, ids),
    )


async def newest_of_loops(session: AsyncSession, model: type[Fact], ids: Collection[UUID]) -> Sequence[Fact]:
    """The newest 20 decisions or promises of each of these loops, the first of them first."""
    place = func.row_number().over(partition_by=model.loop_id, order_by=model.id.desc())
    numbered = select(model.id, place.label("place")).where(model.loop_id.in_(ids)).subquery()
    wanted = select(model).join(numbered, numbered.c.id == model.id).where(numbered.c.place <= SHOWN)
    return (await session.scalars(wanted.order_by(model.id))).all()


async def record_first_moments(session: AsyncSession, moments: Sequence[LoopMoment]) -> None:
    """Store when things first happened to loops, whatever the order in which events arrive."""
    row = insert(table_of(LoopMoment))
    earlier = {"at": func.least(LoopMoment.at, row.excluded.at)}
    keep = row.on_conflict_do_update(index_elements=["loop_id", "what"], set_=earlier)
    rows = [{"loop_id": each.loop_id, "what": each.what, "at": each.at} for each in moments]
    if rows:
        await session.execute(keep, rows)
