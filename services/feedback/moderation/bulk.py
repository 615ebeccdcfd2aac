"""What waits for moderators, and what they decide about many pieces: each alone, by a named person."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import timedelta
from functools import cache
from typing import Any, TypeVar, get_args
from uuid import UUID

from sqlalchemy import CompoundSelect, func, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.bodies.queries import kin_of
from services.feedback.items.queries import CONDITIONS, own_bodies, work_of
from services.feedback.items.schemas import Work
from services.feedback.models import Feedback
from services.feedback.moderation import domain
from services.feedback.moderation.bulk_schemas import Decision, Piece, PieceResult, PieceResults, Waiting
from services.feedback.moderation.rights import check_may_moderate
from services.feedback.moderation.schemas import Moderation
from shared.auth import Caller
from shared.change_request import AttributedRequest
from shared.clock import now
from shared.errors import NotFound, Problem
from shared.versions import Wanted, must_match

COUNTED_MAX = 1000
HOUR = timedelta(hours=1)
GivenPiece = TypeVar("GivenPiece", bound=Piece)
Carry = Callable[[AttributedRequest, Feedback, GivenPiece], Coroutine[Any, Any, None]]


async def count_work(session: AsyncSession, caller: Caller) -> list[Waiting]:
    """How much of each kind of work waits for the caller's people, and for how long the oldest."""
    found = await session.execute(work_statement(tuple(work_of(caller))), {"own": own_bodies(caller)})
    counted = {work: (waiting, oldest) for work, waiting, oldest in found}
    return [
        Waiting(
            work=work,
            waiting=min(counted[work][0], COUNTED_MAX),
            are_more=counted[work][0] > COUNTED_MAX,
            oldest_received_at=(oldest := counted[work][1]),
            oldest_waits_hours=(now() - oldest) // HOUR if oldest else None,
        )
        for work in get_args(Work)
    ]


@cache
def work_statement(whose: tuple[str, ...]) -> CompoundSelect[*tuple[Any, ...]]:
    """The statement that counts each kind of work, up to a bound."""
    counts = []
    for work in get_args(Work):
        conditions = [CONDITIONS[name] for name in (*whose, work)]
        first = select(Feedback.received_at).where(*conditions).order_by(Feedback.id).limit(COUNTED_MAX + 1)
        waiting = first.subquery(work)
        oldest = func.min(waiting.c.received_at)
        counts.append(select(literal(work), func.count(), oldest).select_from(waiting))
    return union_all(*counts)


async def read_pieces(change: AttributedRequest, pieces: Sequence[Piece]) -> PieceResults:
    """Record of each piece that a person read it."""
    return await carry_out(change, pieces, record_read)


async def moderate_pieces(change: AttributedRequest, decisions: Sequence[Decision]) -> PieceResults:
    """Carry out each decision."""
    return await carry_out(change, decisions, moderate)


async def record_read(change: AttributedRequest, feedback: Feedback, _: Piece) -> None:
    """Record that a person read one of many pieces."""
    domain.record_read(change, feedback)


async def moderate(change: AttributedRequest, feedback: Feedback, decision: Decision) -> None:
    """Carry out the decision about one of many pieces."""
    told = Moderation(action=decision.action, reason=decision.reason_told)
    await domain.moderate(change, feedback, told)


async def carry_out(
    change: AttributedRequest, pieces: Sequence[GivenPiece], carry: Carry[GivenPiece]
) -> PieceResults:
    """Do the same with each piece that the caller may moderate; what is refused leaves the others alone."""
    found = await lock_pieces(change.session, [each.feedback_id for each in pieces])
    kin = await kin_of(change.session, change.caller.organisation_id)
    results = []
    for line, piece in enumerate(pieces, 1):
        result = PieceResult(line=line, feedback_id=piece.feedback_id)
        try:
            feedback = found.get(piece.feedback_id)
            if feedback is None:
                raise NotFound
            await check_may_moderate(change.session, feedback, change.caller, kin)
            must_match(feedback, Wanted(piece.version))
            await carry(change, feedback, piece)
        except Problem as problem:
            refused = {"error": problem.code, "detail": problem.detail}
            results.append(result.model_copy(update=refused))
        else:
            done = {"state": feedback.state, "version": feedback.version}
            results.append(result.model_copy(update=done))
    accepted = sum(each.error is None for each in results)
    return PieceResults(accepted=accepted, rejected=len(results) - accepted, results=results)


async def lock_pieces(session: AsyncSession, ids: Sequence[UUID]) -> Mapping[UUID, Feedback]:
    """These pieces, locked in the order of their ids, so that two requests wait in one direction."""
    wanted = select(Feedback).where(Feedback.id.in_(ids)).order_by(Feedback.id)
    locking = wanted.with_for_update(key_share=True).execution_options(populate_existing=True)
    return {each.id: each for each in await session.scalars(locking)}
