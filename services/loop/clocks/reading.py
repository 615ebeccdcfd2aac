"""The clock of reading: a person must read what people said, in working days from its receipt."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.clocks.domain import is_switched_off, span_of_clock
from services.loop.models import GONE, FeedbackCopy, Loop, LoopFeedback
from services.loop.records import Clock
from shared.clock import now


def start_reading(loop: Loop) -> None:
    """Start the clock of a draft, from the earliest receipt of unread feedback; it may already be met."""
    copies = [link.copy for link in loop.links]
    received = [each.received_at for each in unread_feedback(copies) or copies if each and each.received_at]
    if received and not is_switched_off("read", copies):
        clock = Clock(kind="read", **span_of_clock("read", min(received))._asdict())
        settle_clock(clock, copies)
        loop.clocks.append(clock)


async def settle_reading(session: AsyncSession, about: ColumnElement[bool]) -> None:
    """Bring the clocks of linked feedback in line with what people have read."""
    for clock in await reading_clocks(session, about):
        settle_clock(clock, await linked_copies(session, clock.loop_id))


def settle_clock(clock: Clock, copies: Sequence[FeedbackCopy | None]) -> None:
    """Meet a clock when all is read, or let it run for the earliest unread feedback; a breach stays."""
    if None in copies:  # The copies are being made again, so nobody knows what they will say.
        return
    left = unread_feedback(copies)
    if not left:
        clock.met_at = max(each.read_at or now() for each in copies if each)
    elif clock.breached_at is None:
        earliest = min(each.received_at for each in left if each.received_at)
        clock.started_at, clock.due_at, clock.due_soon_from = span_of_clock("read", earliest)


def unread_feedback(copies: Sequence[FeedbackCopy | None]) -> list[FeedbackCopy]:
    """The feedback that a person must still read; nobody can read what was taken back."""
    known = [each for each in copies if each and each.received_at]
    return [each for each in known if each.read_at is None and each.state not in GONE]


async def linked_copies(session: AsyncSession, loop_id: UUID) -> Sequence[FeedbackCopy | None]:
    """The present copy of each piece of a loop's feedback; None for one that has not arrived here."""
    known = select(FeedbackCopy).select_from(LoopFeedback).where(LoopFeedback.loop_id == loop_id)
    found = known.outerjoin(FeedbackCopy, FeedbackCopy.id == LoopFeedback.feedback_id)
    return (await session.scalars(found.execution_options(populate_existing=True))).all()


async def reading_clocks(session: AsyncSession, about: ColumnElement[bool]) -> Sequence[Clock]:
    """The clocks of reading that run for linked feedback, locked."""
    linked = select(LoopFeedback.loop_id).where(about)
    running = select(Clock).where(Clock.kind == "read", Clock.met_at.is_(None), Clock.loop_id.in_(linked))
    locking = running.order_by(Clock.id).with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(locking)).all()
