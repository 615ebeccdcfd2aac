"""Reading the facts of loops that count in figures; never a word that anybody wrote."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple, TypeVar
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Date,
    Select,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    case,
    cast,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, aliased

from services.loop.models import Loop, LoopFeedback
from services.loop.records import Clock, Commitment, Telling, Verdict
from services.loop.tellings.progress import UNREACHABLE
from services.loop.tellings.queries import has_ended_in_time, is_final_to_link, is_of_this_round, was_told
from shared.clock import ENGLAND

# The clocks that a body has to meet.
LIMITED = ("acknowledge", "look", "decide", "update")
IDS = any_(bindparam("ids", type_=ARRAY(Uuid)))
Row = TypeVar("Row", bound=NamedTuple)


class LoopRow(NamedTuple):
    """What counts of a public loop; `whose` says whether it is real, its place and its body."""

    id: UUID
    whose: str
    state: str
    answer: str | None
    closed_as: str | None
    judged_by: str | None
    is_halted: bool
    halted_by: str | None
    opened_on: date | None
    closed_on: date | None
    closed_at: datetime | None
    changed_on: date | None


class LinkRow(NamedTuple):
    """A piece of feedback in a public loop, and how many pieces that loop answers."""

    loop_id: UUID
    feedback_id: UUID
    is_answered: bool
    is_praise: bool
    whose: str
    drafted_at: datetime
    size: int


class ClockRow(NamedTuple):
    """What counts of a clock."""

    loop_id: UUID
    kind: str
    started_on: date
    due_at: datetime
    met_at: datetime | None
    met_on: date | None


class CommitmentRow(NamedTuple):
    """What counts of a commitment: by the day first promised."""

    loop_id: UUID
    kept_on: date | None
    original_due_on: date
    slips: int


class ToldRow(NamedTuple):
    """How many contributors of a loop were told the outcome, and how many can and cannot be told."""

    loop_id: UUID
    told: int
    can: int
    cannot: int


class VerdictRow(NamedTuple):
    """What counts of a verdict."""

    loop_id: UUID
    did_it_happen: str
    worth: str | None
    explained_well: int | None
    felt_heard: int | None
    witnessed: bool
    changes: int


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts of some loops; `links` are also those of other loops to the same feedback."""

    loops: Sequence[LoopRow]
    links: Sequence[LinkRow]
    clocks: Sequence[ClockRow]
    commitments: Sequence[CommitmentRow]
    told: Sequence[ToldRow]
    verdicts: Sequence[VerdictRow]


def day_of(
    instant: InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None],
) -> ColumnElement[date]:
    """The day of an instant in England."""
    return cast(func.timezone(ENGLAND.key, instant), Date)


def id_in_words(column: InstrumentedAttribute[UUID | None]) -> ColumnElement[str]:
    """An id as text, or a dash."""
    return func.coalesce(cast(column, Text), "-")


REAL = case((Loop.demonstration, "demonstration"), else_="real")
WHOSE = REAL.op("||")(" ").op("||")(id_in_words(Loop.footprint_id)).op("||")(" ").op("||")(
    id_in_words(Loop.organisation_id)
)  # fmt: skip


def select_links() -> Select[*tuple[object, ...]]:
    """The query for the links of public loops to the feedback that some loops answer."""
    other = aliased(LoopFeedback)
    answered = other.loop_id == LoopFeedback.loop_id, other.set_aside_at.is_(None)
    size = select(func.count()).select_from(other).where(*answered).scalar_subquery()
    theirs = select(LoopFeedback.feedback_id).where(LoopFeedback.loop_id == IDS)
    found = select(
        LoopFeedback.loop_id,
        LoopFeedback.feedback_id,
        LoopFeedback.set_aside_at.is_(None),
        LoopFeedback.is_praise,
        WHOSE,
        Loop.drafted_at,
        size,
    )
    public = found.join(Loop, and_(Loop.id == LoopFeedback.loop_id, Loop.state != "draft"))
    return public.where(LoopFeedback.feedback_id.in_(theirs))


def select_told() -> Select[*tuple[object, ...]]:
    """The query for how many contributors of each loop were told the outcome, can be told and cannot."""
    reached = or_(Telling.reason.is_(None), Telling.reason.not_in(UNREACHABLE), ~has_ended_in_time())
    can = exists().where(is_final_to_link(), or_(Telling.state == "delivered", reached))
    counts = [func.count().filter(which) for which in (was_told(), can, ~can)]
    people = select(LoopFeedback.loop_id, *counts).join(Loop, Loop.id == LoopFeedback.loop_id)
    people = people.where(LoopFeedback.loop_id == IDS)
    return people.where(~LoopFeedback.is_praise).group_by(LoopFeedback.loop_id)


def select_verdicts() -> Select[*tuple[object, ...]]:
    """The query for what counts of verdicts: of the last round, as `counted_verdicts` says."""
    answers = (Verdict.did_it_happen, Verdict.worth, Verdict.explained_well, Verdict.felt_heard)
    rows = select(Verdict.loop_id, *answers, Verdict.witnessed, Verdict.changes).where(Verdict.loop_id == IDS)
    return rows.join(Loop, Loop.id == Verdict.loop_id).where(
        or_(Loop.state == "verdict_open", ~Verdict.outranked), is_of_this_round()
    )


LOOPS = select(
    Loop.id,
    WHOSE,
    Loop.state,
    Loop.answer,
    Loop.closed_as,
    Loop.judged_by,
    Loop.halted_at.is_not(None),
    Loop.halted_by,
    day_of(Loop.opened_at),
    day_of(Loop.closed_at),
    Loop.closed_at,
    day_of(Loop.first_change_at),
).where(Loop.id == IDS, Loop.state != "draft")
CLOCKS = select(
    Clock.loop_id, Clock.kind, day_of(Clock.started_at), Clock.due_at, Clock.met_at, day_of(Clock.met_at)
).where(Clock.loop_id == IDS, Clock.kind.in_(LIMITED))
COMMITMENTS = select(
    Commitment.loop_id, day_of(Commitment.kept_at), Commitment.original_due_on, Commitment.slips
).where(Commitment.loop_id == IDS)
LINKS, TOLD, VERDICTS = select_links(), select_told(), select_verdicts()


async def facts_of(session: AsyncSession, ids: Sequence[UUID]) -> Facts:
    """The facts of these loops as far as they are public."""
    given = {"ids": ids}
    return Facts(
        loops=[LoopRow._make(row) for row in await session.execute(LOOPS, given)],
        links=[LinkRow._make(row) for row in await session.execute(LINKS, given)],
        clocks=[ClockRow._make(row) for row in await session.execute(CLOCKS, given)],
        commitments=[CommitmentRow._make(row) for row in await session.execute(COMMITMENTS, given)],
        told=[ToldRow._make(row) for row in await session.execute(TOLD, given)],
        verdicts=[VerdictRow._make(row) for row in await session.execute(VERDICTS, given)],
    )
