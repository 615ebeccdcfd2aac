"""Reading the facts that measures are computed from, of the loops that count."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import TypeVar

from sqlalchemy import ColumnElement, Date, Select, and_, bindparam, cast, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, aliased

from services.loop.measures.facts import (
    ClockRow,
    CommitmentRow,
    LoopFacts,
    LoopKey,
    LoopRow,
    ToldRow,
    VerdictRow,
)
from services.loop.measures.periods import whole_quarters
from services.loop.measures.scope import Scope, Shape
from services.loop.models import Loop, LoopFeedback
from services.loop.records import Clock, Commitment, Telling, Verdict
from services.loop.tellings.progress import UNREACHABLE
from services.loop.tellings.queries import FINAL, is_of_this_round
from shared.clock import ENGLAND, beginning_of, day_in_england

# The clocks that a body has to meet.
LIMITED = ("acknowledge", "look", "decide", "update")
YEAR = timedelta(days=365)
DAY = timedelta(days=1)
# From these states on people are told what came of the loop.
TOLD_STATES = ("telling", "verdict_open", "closed", "contested")


Row = TypeVar("Row", LoopRow, ClockRow, CommitmentRow)
PersonRow = TypeVar("PersonRow", ToldRow, VerdictRow)
Instant = InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None]
Rows = Select[*tuple[object, ...]]
LOOP_KEY = (Loop.id, Loop.organisation_id, Loop.footprint_id, Loop.answer, Loop.closed_at)
KEYS = len(LOOP_KEY)


@dataclass(frozen=True, slots=True)
class Statements:
    """The statements that read the facts of loops."""

    loops: Rows
    clocks: Rows
    commitments: Rows
    told: Rows
    # Those on loops that were opened in the days asked for, and those on loops that ended in whole quarters.
    own_verdicts: Rows
    public_verdicts: Rows
    praise: Select[int]
    raised_again: Select[int]


@cache
def statements_of(shape: Shape) -> Statements:
    """The statements that read the facts of loops that are chosen so."""
    opened, ended, concern = is_opened_between(shape), is_closed_in(shape), ~is_praise(shape)
    return Statements(
        loops=grouped(loop_rows().where(opened, concern)),
        clocks=grouped(clock_rows().where(opened, concern)),
        commitments=grouped(commitment_rows().where(opened, concern)),
        told=told_rows().where(ended, concern, ~LoopFeedback.is_praise).group_by(*LOOP_KEY),
        own_verdicts=verdict_rows().where(opened, concern),
        public_verdicts=verdict_rows().where(ended, concern),
        praise=select(func.count(Loop.id)).where(opened, is_praise(shape)),
        raised_again=raised_again().where(opened, concern),
    )


def is_praise(shape: Shape) -> ColumnElement[bool]:
    """Whether a loop was drafted from compliments and nothing else, so that nobody raised a concern.

    Later kinds do not count: who sent feedback could take a loop, or a person, out of the figures.
    Where loops of one body or place are asked for, only theirs are looked at: all others take long.
    """
    link = aliased(LoopFeedback)
    linked, is_it = select(link.loop_id), func.bool_and(link.is_praise)
    if shape.by_footprint or shape.by_organisation:
        mine = linked.where(link.loop_id == Loop.id).with_only_columns(is_it)
        return func.coalesce(mine.scalar_subquery(), False)
    return Loop.id.in_(linked.group_by(link.loop_id).having(is_it))


def is_opened_between(shape: Shape) -> ColumnElement[bool]:
    """Whether a loop counts and was opened in these days."""
    wanted = [shape.is_counted]
    if shape.from_day:
        wanted.append(Loop.opened_at >= bindparam("opened_from"))
    if shape.to_day:
        wanted.append(Loop.opened_at < bindparam("opened_before"))
    return and_(*wanted)


def is_closed_in(shape: Shape) -> ColumnElement[bool]:
    """Whether a loop counts and was closed in these days."""
    wanted = [shape.is_counted, Loop.state == "closed", Loop.closed_at < bindparam("closed_before")]
    if shape.from_day:
        wanted.append(Loop.closed_at >= bindparam("closed_from"))
    return and_(*wanted)


def raised_again() -> Select[int]:
    """The query for how many closed loops have feedback in a loop drafted within a year of their end."""
    other, mine, theirs = aliased(Loop), aliased(LoopFeedback), aliased(LoopFeedback)
    return (
        select(func.count(Loop.id.distinct()))
        .join(mine, mine.loop_id == Loop.id)
        .join(theirs, and_(theirs.feedback_id == mine.feedback_id, theirs.loop_id != Loop.id))
        .join(other, other.id == theirs.loop_id)
        .where(Loop.state == "closed", other.state != "draft")
        .where(other.drafted_at > Loop.closed_at, other.drafted_at <= Loop.closed_at + YEAR)
    )


async def loop_facts(
    session: AsyncSession, scope: Scope, at: datetime, since: date | None = None, until: date | None = None
) -> LoopFacts:
    """The facts that measures are computed from, as they are at an instant.

    In public those about people are of whole quarters. Whom mail reached is so for the body as well.
    """
    shape = scope.shape._replace(from_day=bool(since), to_day=until is not None and until < date.max)
    ask, values = statements_of(shape), {**scope.values, **values_of_days(at, since, until)}
    verdicts = ask.own_verdicts if scope.is_own else ask.public_verdicts
    return LoopFacts(
        loops=await read_rows(session, LoopRow, ask.loops, values),
        clocks=await read_rows(session, ClockRow, ask.clocks, values),
        commitments=await read_rows(session, CommitmentRow, ask.commitments, values),
        told=await read_people(session, ToldRow, ask.told, values),
        verdicts=await read_people(session, VerdictRow, verdicts, values),
        praise=await session.scalar(ask.praise, values) or 0,
        raised_again=await session.scalar(ask.raised_again, values) or 0,
    )


def values_of_days(at: datetime, since: date | None, until: date | None) -> dict[str, object]:
    """The instants that statements take for the days that were asked for."""
    quarters = whole_quarters(since, until)
    return {
        "at": at,
        "on": day_in_england(at),
        "opened_from": since and beginning_of(since),
        "opened_before": beginning_of(until + DAY) if until and until < date.max else None,
        "closed_from": quarters.since and beginning_of(quarters.since),
        "closed_before": beginning_of(quarters.until + DAY),
    }


async def read_rows(
    session: AsyncSession, row: type[Row], query: Rows, values: Mapping[str, object]
) -> list[Row]:
    """The rows of a query, whose columns are the fields of the row in their order."""
    return [row._make(found) for found in await session.execute(query, values)]


async def read_people(
    session: AsyncSession, row: type[PersonRow], query: Rows, values: Mapping[str, object]
) -> list[PersonRow]:
    """The rows of a query about people, whose first columns are the key of their loop."""
    return [row._make(gather_key(found)) for found in await session.execute(query, values)]


def gather_key(found: Sequence[object]) -> tuple[object, ...]:
    """A row with the columns of its loop's key as one value."""
    return LoopKey._make(found[:KEYS]), *found[KEYS:]


def grouped(rows: Rows) -> Rows:
    """Equal rows as one, with their number."""
    each = rows.subquery()
    return select(*each.c, func.count()).group_by(*each.c)


def day_of(
    instant: InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None],
) -> ColumnElement[date]:
    """The day of an instant in England."""
    return cast(func.timezone(ENGLAND.key, instant), Date)


def loop_rows() -> Rows:
    """The query for what counts of loops."""
    return select(
        Loop.state,
        Loop.answer,
        Loop.closed_as,
        (day_of(Loop.first_change_at) - day_of(Loop.opened_at)).label("days_to_change"),
        Loop.judged_by,
        Loop.halted_at.is_not(None).label("is_halted"),
        Loop.halted_by,
    )


def clock_rows() -> Rows:
    """The query for what counts of clocks: those that are met, or should be."""
    is_late = or_(Clock.met_at.is_(None), Clock.met_at > Clock.due_at)
    rows = select(
        Clock.kind,
        day_of(Clock.started_at).label("started_on"),
        day_of(Clock.met_at).label("met_on"),
        is_late.label("is_late"),
    )
    counted = rows.where(
        or_(Clock.met_at.is_not(None), Clock.due_at < bindparam("at")), Clock.kind.in_(LIMITED)
    )
    return counted.join(Loop, Loop.id == Clock.loop_id)


def commitment_rows() -> Rows:
    """The query for what counts of commitments."""
    is_kept = Commitment.kept_at.is_not(None)
    in_time = and_(is_kept, day_of(Commitment.kept_at) <= Commitment.original_due_on)
    is_past = Commitment.original_due_on < bindparam("on")
    rows = select(
        is_kept.label("is_kept"), in_time.label("in_time"), is_past.label("is_past"), Commitment.slips
    )
    return rows.join(Loop, Loop.id == Commitment.loop_id)


def verdict_rows() -> Rows:
    """The query for what counts of verdicts: of the last round, as `counted_verdicts` says."""
    answers = (Verdict.did_it_happen, Verdict.worth, Verdict.explained_well, Verdict.felt_heard)
    counted = (*answers, Verdict.witnessed, Verdict.changes)
    rows = select(*LOOP_KEY, *counted).join_from(Verdict, Loop, Loop.id == Verdict.loop_id)
    return rows.where(or_(Loop.state == "verdict_open", ~Verdict.outranked), is_of_this_round())


def told_rows() -> Rows:
    """The query for how many contributors of each loop were told the outcome, can be told and cannot."""
    telling = and_(
        Telling.loop_id == LoopFeedback.loop_id,
        Telling.feedback_id == LoopFeedback.feedback_id,
        Telling.kind.in_(FINAL),
    )
    can_be_told = or_(
        Telling.state == "delivered", Telling.reason.is_(None), Telling.reason.not_in(UNREACHABLE)
    )
    told, can = exists().where(telling, Telling.state == "delivered"), exists().where(telling, can_be_told)
    counts = [func.count().filter(which) for which in (told, can, ~can)]
    people = select(*LOOP_KEY, *counts).select_from(LoopFeedback)
    return people.join(Loop, Loop.id == LoopFeedback.loop_id)
