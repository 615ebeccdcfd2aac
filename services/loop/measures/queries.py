"""The facts that measures are computed from, of the loops that count; never a word that anybody wrote."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from services.loop.measures.periods import Days, whole_quarters
from services.loop.measures.scope import Scope
from services.loop.models import FeedbackCopy, Loop, LoopFeedback
from services.loop.records import Clock, Commitment, Telling, Verdict
from services.loop.tellings.progress import UNREACHABLE
from services.loop.tellings.queries import FINAL
from shared.clock import beginning_of

PRAISE: Final = "compliment"
YEAR = timedelta(days=365)
DAY = timedelta(days=1)
# From these states on people are told what came of the loop.
TOLD_STATES = ("telling", "verdict_open", "closed", "contested")


class LoopRow(NamedTuple):
    """What counts of a loop."""

    state: str
    answer: str | None
    closed_as: str | None
    opened_at: datetime
    first_change_at: datetime | None
    judged_by: str | None
    halted_at: datetime | None
    halted_by: str | None
    raised_again: bool


class ClockRow(NamedTuple):
    """What counts of a clock."""

    kind: str
    started_at: datetime
    due_at: datetime
    met_at: datetime | None


class CommitmentRow(NamedTuple):
    """What counts of a commitment."""

    original_due_on: date
    kept_at: datetime | None
    slips: int


class LoopKey(NamedTuple):
    """Which loop something belongs to, and by what it is counted."""

    id: UUID
    organisation_id: UUID | None
    footprint_id: UUID | None
    answer: str | None
    closed_at: datetime | None


class ContributorRow(NamedTuple):
    """Whether the contributor of a linked piece of feedback was told the outcome, and whether they can be."""

    loop: LoopKey
    told: bool
    reachable: bool


class VerdictRow(NamedTuple):
    """What counts of a verdict."""

    loop: LoopKey
    did_it_happen: str
    worth: str | None
    explained_well: int | None
    felt_heard: int | None
    witnessed: bool
    changes: int


Row = TypeVar("Row", LoopRow, ClockRow, CommitmentRow)
PersonRow = TypeVar("PersonRow", ContributorRow, VerdictRow)
LOOP_KEY = (Loop.id, Loop.organisation_id, Loop.footprint_id, Loop.answer, Loop.closed_at)
KEYS = len(LOOP_KEY)


@dataclass(frozen=True, slots=True)
class LoopFacts:
    """Rows of everything that happened to the loops that count."""

    loops: Sequence[LoopRow]
    clocks: Sequence[ClockRow]
    commitments: Sequence[CommitmentRow]
    contributors: Sequence[ContributorRow]
    verdicts: Sequence[VerdictRow]
    praise: int


def is_praise() -> ColumnElement[bool]:
    """Whether a loop answers compliments and nothing else, so that nobody raised a concern."""
    linked = select(LoopFeedback.loop_id).join(FeedbackCopy, FeedbackCopy.id == LoopFeedback.feedback_id)
    answered = linked.where(LoopFeedback.set_aside_at.is_(None))
    grouped = answered.group_by(LoopFeedback.loop_id).having(func.bool_and(FeedbackCopy.kind == PRAISE))
    return Loop.id.in_(grouped)


def is_opened_between(scope: Scope, since: date | None, until: date | None) -> ColumnElement[bool]:
    """Whether a loop counts and was opened in these days."""
    wanted = [scope.is_counted]
    if since:
        wanted.append(Loop.opened_at >= beginning_of(since))
    if until and until < date.max:
        wanted.append(Loop.opened_at < beginning_of(until + DAY))
    return and_(*wanted)


def is_closed_in(scope: Scope, days: Days) -> ColumnElement[bool]:
    """Whether a loop counts and was closed in these days."""
    wanted = [scope.is_counted, Loop.state == "closed", Loop.closed_at < beginning_of(days.until + DAY)]
    if days.since:
        wanted.append(Loop.closed_at >= beginning_of(days.since))
    return and_(*wanted)


def was_raised_again() -> ColumnElement[bool]:
    """Whether a loop's feedback is in another loop that was drafted within a year of its end."""
    other, mine, theirs = aliased(Loop), aliased(LoopFeedback), aliased(LoopFeedback)
    return exists(
        select(other.id)
        .join(theirs, theirs.loop_id == other.id)
        .join(mine, mine.feedback_id == theirs.feedback_id)
        .where(mine.loop_id == Loop.id, other.id != Loop.id, other.state != "draft")
        .where(other.drafted_at > Loop.closed_at, other.drafted_at <= Loop.closed_at + YEAR)
    )


async def loop_facts(
    session: AsyncSession, scope: Scope, since: date | None, until: date | None
) -> LoopFacts:
    """The facts that measures are computed from.

    In public those about people are of whole quarters. Whom mail reached is so for the body as well.
    """
    opened = is_opened_between(scope, since, until)
    concern = and_(opened, ~is_praise())
    ended = and_(is_closed_in(scope, whole_quarters(since, until)), ~is_praise())
    judged = concern if scope.is_own else ended
    told = and_(ended, ~is_from_praise())
    praise = select(func.count(Loop.id)).where(opened, is_praise())
    return LoopFacts(
        loops=await read_rows(session, LoopRow, loop_rows().where(concern)),
        clocks=await read_rows(session, ClockRow, clock_rows().where(concern)),
        commitments=await read_rows(session, CommitmentRow, commitment_rows().where(concern)),
        contributors=await read_people(session, ContributorRow, contributor_rows().where(told)),
        verdicts=await read_people(session, VerdictRow, verdict_rows().where(judged)),
        praise=await session.scalar(praise) or 0,
    )


async def read_rows(session: AsyncSession, row: type[Row], query: Select[*tuple[object, ...]]) -> list[Row]:
    """The rows of a query, whose columns are the fields of the row in their order."""
    return [row._make(found) for found in await session.execute(query)]


async def read_people(
    session: AsyncSession, row: type[PersonRow], query: Select[*tuple[object, ...]]
) -> list[PersonRow]:
    """The rows of a query about people, whose first columns are the key of their loop."""
    return [row._make(gather_key(found)) for found in await session.execute(query)]


def gather_key(found: Sequence[object]) -> tuple[object, ...]:
    """A row with the columns of its loop's key as one value."""
    return LoopKey._make(found[:KEYS]), *found[KEYS:]


def loop_rows() -> Select[*tuple[object, ...]]:
    """The query for what counts of loops."""
    ended = (Loop.state, Loop.answer, Loop.closed_as, Loop.opened_at, Loop.first_change_at)
    return select(*ended, Loop.judged_by, Loop.halted_at, Loop.halted_by, was_raised_again())


def clock_rows() -> Select[*tuple[object, ...]]:
    """The query for what counts of clocks."""
    rows = select(Clock.kind, Clock.started_at, Clock.due_at, Clock.met_at)
    return rows.join(Loop, Loop.id == Clock.loop_id)


def commitment_rows() -> Select[*tuple[object, ...]]:
    """The query for what counts of commitments."""
    rows = select(Commitment.original_due_on, Commitment.kept_at, Commitment.slips)
    return rows.join(Loop, Loop.id == Commitment.loop_id)


def verdict_rows() -> Select[*tuple[object, ...]]:
    """The query for what counts of verdicts: as `counted_verdicts` says."""
    answers = (Verdict.did_it_happen, Verdict.worth, Verdict.explained_well, Verdict.felt_heard)
    counted = (*answers, Verdict.witnessed, Verdict.changes)
    rows = select(*LOOP_KEY, *counted).join_from(Verdict, Loop, Loop.id == Verdict.loop_id)
    return rows.where(or_(Loop.state == "verdict_open", ~Verdict.outranked))


def contributor_rows() -> Select[*tuple[object, ...]]:
    """The query for whether contributors were told the outcome, and whether they can be told."""
    telling = and_(
        Telling.loop_id == LoopFeedback.loop_id,
        Telling.feedback_id == LoopFeedback.feedback_id,
        Telling.kind.in_(FINAL),
    )
    can_be_told = or_(Telling.reason.is_(None), Telling.reason.not_in(UNREACHABLE))
    told = case((exists().where(telling, Telling.state == "delivered"), True), else_=False)
    reachable = case((exists().where(telling, can_be_told), True), else_=False)
    people = select(*LOOP_KEY, told, reachable).select_from(LoopFeedback)
    return people.join(Loop, Loop.id == LoopFeedback.loop_id)


def is_from_praise() -> ColumnElement[bool]:
    """Whether a linked piece of feedback is a compliment."""
    kind = select(FeedbackCopy.kind).where(FeedbackCopy.id == LoopFeedback.feedback_id).scalar_subquery()
    return func.coalesce(kind == PRAISE, False)
