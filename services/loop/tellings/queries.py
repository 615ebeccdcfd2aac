"""Reading tellings: who was told in this round, and who has given a verdict."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.models import Loop, LoopFeedback
from services.loop.records import GroupTelling, Telling, Verdict

# The tellings that say what came of a loop: verdicts are asked for only after these.
FINAL = ("declined", "changed")
EVER = datetime(1970, 1, 1, tzinfo=UTC)


def is_of_this_round() -> ColumnElement[bool]:
    """Whether a verdict was given or changed since people were last asked; Loop must be joined."""
    at = func.coalesce(Verdict.changed_at, Verdict.given_at)
    return at >= func.coalesce(Loop.verdict_opened_at, EVER)


def is_final_to_link() -> ColumnElement[bool]:
    """Whether a telling told the contributor of a link what came of the loop."""
    theirs = Telling.loop_id == LoopFeedback.loop_id, Telling.feedback_id == LoopFeedback.feedback_id
    return and_(*theirs, Telling.kind.in_(FINAL))


def has_ended_in_time() -> ColumnElement[bool]:
    """Whether a telling's result came before its loop closed; Loop must be joined.

    What closed loops show never changes: a reader would compare two days, and learn of one person.
    """
    return or_(Loop.closed_at.is_(None), Telling.at <= Loop.closed_at)


def was_told() -> ColumnElement[bool]:
    """Whether the contributor of a link was told what came of the loop in time; Loop must be joined."""
    return exists().where(is_final_to_link(), Telling.state == "delivered", has_ended_in_time())


async def final_tellings(session: AsyncSession, loop: Loop) -> Sequence[Telling]:
    """The tellings of a loop's outcome, since verdicts were last asked for."""
    since = loop.verdict_opened_at or EVER
    final = Telling.loop_id == loop.id, Telling.kind.in_(FINAL), Telling.requested_at > since
    found = select(Telling).where(*final).order_by(Telling.id)
    return (await session.scalars(found.execution_options(populate_existing=True))).all()


async def counted_before(session: AsyncSession, loop: Loop) -> set[UUID]:
    """The feedback of a loop that an earlier one answers as well, whose preview counts its people."""
    linked = LoopFeedback.feedback_id.in_(loop.feedback_ids), LoopFeedback.loop_id < loop.id
    return set(await session.scalars(select(LoopFeedback.feedback_id).where(*linked)))


async def asked_ids(session: AsyncSession, loop: Loop) -> set[UUID]:
    """The feedback whose contributors were told and asked for their verdict since verdicts are open."""
    since = loop.verdict_opened_at or EVER
    asked = Telling.loop_id == loop.id, Telling.kind == "verdict_asked", Telling.requested_at >= since
    return set(await session.scalars(select(Telling.feedback_id).where(*asked)))


async def answered_refs(session: AsyncSession, loop: Loop) -> set[str]:
    """The contributors who have given a verdict since verdicts are open.

    A reply code alone may be another's hand, where nobody witnesses it: its person is still asked.
    """
    theirs = or_(Verdict.witnessed, Verdict.mailed_ref.is_not(None))
    answered = select(Verdict.reply_ref).join(Loop, Loop.id == Verdict.loop_id)
    answered = answered.where(Loop.id == loop.id, is_of_this_round(), theirs)
    return set(await session.scalars(answered))


async def group_tellings(session: AsyncSession, loop: Loop, since: datetime | None) -> Sequence[GroupTelling]:
    """The group tellings that were logged after a moment, or all of them."""
    logged = GroupTelling.loop_id == loop.id, GroupTelling.logged_at > (since or EVER)
    return (await session.scalars(select(GroupTelling).where(*logged).order_by(GroupTelling.id))).all()
