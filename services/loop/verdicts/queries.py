"""Reading verdicts, and the loops that ask for them."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import null, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.core.access import locking
from services.loop.core.queries import bodies_answering, kin_of, parts_taken
from services.loop.models import FeedbackCopy, Loop, LoopFeedback, ReachCopy
from services.loop.records import Clock, Telling, Verdict
from services.loop.tellings.queries import is_of_this_round


class Voter(NamedTuple):
    """A contributor by the hash of their reply code, and that of the mailed code if they used this one."""

    reply_ref: str
    mailed_ref: str | None


async def voter_of_code(session: AsyncSession, ref: str) -> Voter | None:
    """Whose code a hash is of, and which of their codes: mail to an earlier address carried another."""
    own = select(FeedbackCopy.reply_ref, null().label("mailed_ref")).where(FeedbackCopy.reply_ref == ref)
    mailed = select(FeedbackCopy.reply_ref, ReachCopy.mailed_ref).where(ReachCopy.mailed_ref == ref)
    mailed = mailed.join(ReachCopy, ReachCopy.feedback_id == FeedbackCopy.id)
    before = select(FeedbackCopy.reply_ref, Telling.mailed_ref).where(Telling.mailed_ref == ref)
    before = before.join(Telling, Telling.feedback_id == FeedbackCopy.id)
    codes = own.union_all(*(each.where(FeedbackCopy.reply_ref.is_not(None)) for each in (mailed, before)))
    found = (await session.execute(codes.limit(1))).first()
    return Voter(str(found[0]), found[1]) if found else None


async def loops_answering(session: AsyncSession, reply_ref: str) -> Sequence[Loop]:
    """The public loops that answer what a contributor said; whoever took it away chooses no voters."""
    said = select(FeedbackCopy.id).where(FeedbackCopy.reply_ref == reply_ref)
    answering = select(LoopFeedback.loop_id).where(LoopFeedback.feedback_id.in_(said))
    found = select(Loop).where(Loop.id.in_(answering), Loop.state != "draft").order_by(Loop.id)
    return (await session.scalars(found)).all()


async def verdicts_of(session: AsyncSession, loop: Loop) -> Sequence[Verdict]:
    """The verdicts that were given or changed since people were last asked, with each code."""
    given = select(Verdict).join(Loop, Loop.id == Verdict.loop_id)
    given = given.where(Loop.id == loop.id, is_of_this_round())
    return (await session.scalars(given.order_by(Verdict.id))).all()


async def is_witnessed(session: AsyncSession, loop: Loop, voter: Voter) -> bool:
    """Whether somebody besides the body knows the contributor who gives a verdict.

    Another organisation sent what they said, which is none that the body came from or became, or a telling
    brought the code that they use to an address of their own: the sender knows the reply code, and nobody but
    the person the mailed code.
    """
    theirs = select(FeedbackCopy.id).join(LoopFeedback, LoopFeedback.feedback_id == FeedbackCopy.id)
    theirs = theirs.where(LoopFeedback.loop_id == loop.id, FeedbackCopy.reply_ref == voter.reply_ref)
    answering = bodies_answering(loop, await parts_taken(session, loop.id))
    by_others = FeedbackCopy.sender_id.not_in(await kin_of(session, answering))
    told = select(Telling.feedback_id).where(Telling.loop_id == loop.id, Telling.own_address)
    told = told.where(Telling.mailed_ref.is_not(None), Telling.mailed_ref == voter.mailed_ref)
    witnessed = theirs.where(or_(by_others, FeedbackCopy.id.in_(told))).limit(1)
    return await session.scalar(witnessed) is not None


async def verdicts_by(session: AsyncSession, reply_ref: str) -> Sequence[Verdict]:
    """The verdicts of a contributor, on the loops that still ask and those that are over."""
    return (
        await session.scalars(select(Verdict).where(Verdict.reply_ref == reply_ref).order_by(Verdict.id))
    ).all()


async def open_until(session: AsyncSession, loop_id: UUID) -> datetime | None:
    """The moment until which verdicts can be given; None when they cannot."""
    running = Clock.loop_id == loop_id, Clock.kind == "verdict", Clock.met_at.is_(None)
    return await session.scalar(select(Clock.due_at).where(*running))


async def lock_loop_to_close(session: AsyncSession, at: datetime) -> Loop | None:
    """A loop to close, locked: its time for verdicts is over, also while it is halted.

    Whoever halts it moves its end no further. Loops that another worker has locked are left out.
    """
    over = select(Clock.loop_id).where(Clock.kind == "verdict", Clock.met_at.is_(None), Clock.due_at < at)
    due = select(Loop).where(Loop.state == "verdict_open", Loop.id.in_(over)).order_by(Loop.id).limit(1)
    return (await session.scalars(locking(due, skip_locked=True))).one_or_none()
