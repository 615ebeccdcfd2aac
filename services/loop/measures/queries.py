"""What measures are computed from: facts of the loops that count, without a word of what anybody wrote."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, and_, case, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from services.loop.clocks.working_days import beginning_of
from services.loop.measures.scope import Scope
from services.loop.models import FeedbackCopy, Loop, LoopFeedback
from services.loop.records import Clock, Commitment, Telling, Verdict
from services.loop.tellings.outcomes import UNREACHABLE
from services.loop.tellings.queries import FINAL

PRAISE: Final = "compliment"
YEAR = timedelta(days=365)
DAY = timedelta(days=1)
# From here on people are told what came of it.
TOLD_STATES = ("telling", "verdict_open", "closed", "contested")


@dataclass(frozen=True, slots=True)
class Facts:
    """Rows of everything that happened to the loops that count."""

    loops: Sequence[Row[*tuple[Any, ...]]]
    clocks: Sequence[Row[*tuple[Any, ...]]]
    commitments: Sequence[Row[*tuple[Any, ...]]]
    contributors: Sequence[Row[*tuple[Any, ...]]]
    verdicts: Sequence[Row[*tuple[Any, ...]]]
    praise: int


def is_praise() -> ColumnElement[bool]:
    """Hold for the loops that answer compliments and nothing else: they are no concern that was raised."""
    linked = select(LoopFeedback.loop_id).join(FeedbackCopy, FeedbackCopy.id == LoopFeedback.feedback_id)
    grouped = linked.group_by(LoopFeedback.loop_id).having(func.bool_and(FeedbackCopy.kind == PRAISE))
    return Loop.id.in_(grouped)


def opened_between(scope: Scope, since: date | None, until: date | None) -> ColumnElement[bool]:
    """Hold for the loops that count and were opened in these days."""
    wanted = [scope.counted]
    if since:
        wanted.append(Loop.opened_at >= beginning_of(since))
    if until:
        wanted.append(Loop.opened_at < beginning_of(until + DAY))
    return and_(*wanted)


def was_raised_again() -> ColumnElement[bool]:
    """Hold for the loops whose feedback is in another loop that was drafted within a year of their end."""
    other, mine, theirs = aliased(Loop), aliased(LoopFeedback), aliased(LoopFeedback)
    return exists(
        select(other.id)
        .join(theirs, theirs.loop_id == other.id)
        .join(mine, mine.feedback_id == theirs.feedback_id)
        .where(mine.loop_id == Loop.id, other.id != Loop.id, other.state != "draft")
        .where(other.drafted_at > Loop.closed_at, other.drafted_at <= Loop.closed_at + YEAR)
    )


async def facts_of(session: AsyncSession, scope: Scope, since: date | None, until: date | None) -> Facts:
    """Return the facts that measures are computed from."""
    meant = opened_between(scope, since, until)
    concern = and_(meant, ~is_praise())
    of_loop = Loop.id.label("loop_id")
    told, reachable = outcome_told()

    async def rows(*columns: Any, joined: Any = None, where: ColumnElement[bool] = concern) -> Any:
        wanted = select(*columns).select_from(Loop)
        wanted = wanted.join(joined.class_, joined == Loop.id) if joined is not None else wanted
        return (await session.execute(wanted.where(where))).all()

    return Facts(
        loops=await rows(
            of_loop, Loop.state, Loop.answer, Loop.closed_as, Loop.opened_at, Loop.first_change_at,
            was_raised_again().label("raised_again"),
        ),
        clocks=await rows(
            Clock.kind, Clock.started_at, Clock.due_at, Clock.met_at, joined=Clock.loop_id
        ),
        commitments=await rows(
            Commitment.original_due_on, Commitment.kept_at, Commitment.slips, joined=Commitment.loop_id
        ),
        contributors=await rows(
            told.label("told"), reachable.label("reachable"), joined=LoopFeedback.loop_id,
            where=concern & Loop.state.in_(TOLD_STATES) & ~from_praise(),
        ),
        verdicts=await rows(
            Verdict.did_it_happen, Verdict.worth, Verdict.explained_well, Verdict.felt_heard, Loop.answer,
            joined=Verdict.loop_id,
        ),
        praise=len(await rows(of_loop, where=meant & is_praise())),
    )  # fmt: skip


def outcome_told() -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Return whether who gave a linked piece of feedback was told the outcome, and whether they can be."""
    sent = and_(
        Telling.loop_id == LoopFeedback.loop_id,
        Telling.feedback_id == LoopFeedback.feedback_id,
        Telling.kind.in_(FINAL),
    )
    can_be = or_(Telling.reason.is_(None), Telling.reason.not_in(UNREACHABLE))
    return (
        case((exists().where(sent, Telling.state == "delivered"), True), else_=False),
        case((exists().where(sent, can_be), True), else_=False),
    )


def from_praise() -> ColumnElement[bool]:
    """Hold for linked feedback that is a compliment."""
    kind = select(FeedbackCopy.kind).where(FeedbackCopy.id == LoopFeedback.feedback_id).scalar_subquery()
    return func.coalesce(kind == PRAISE, False)
