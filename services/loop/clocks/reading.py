"""The clock of reading: a person reads what was said, in working days from its receipt."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.clocks import queries
from services.loop.clocks.domain import is_switched_off, span
from services.loop.loops.guards import GONE
from services.loop.models import FeedbackCopy, Loop
from services.loop.records import Clock
from shared.clock import now


async def start_reading(session: AsyncSession, loop: Loop) -> None:
    """Start the clock of a draft, from the earliest receipt of what is unread; it may be met already."""
    copies = await queries.linked_copies(session, loop.id)
    received = [each.received_at for each in unread(copies) or copies if each and each.received_at]
    if received and not is_switched_off("read", copies):
        clock = Clock(loop_id=loop.id, kind="read", **span("read", min(received)))
        settle(clock, copies)
        session.add(clock)


async def settle_reading(session: AsyncSession, about: ColumnElement[bool]) -> None:
    """Let the clocks of some linked feedback follow what is read by now."""
    for clock in await queries.reading_clocks(session, about):
        settle(clock, await queries.linked_copies(session, clock.loop_id))


def settle(clock: Clock, copies: Sequence[FeedbackCopy | None]) -> None:
    """Meet a clock when all is read, else let it run for the earliest that is not; a breach stays one."""
    if None in copies:  # Copies are being made again: what they will say is not known.
        return
    left = unread(copies)
    if not left:
        clock.met_at = max(each.read_at or now() for each in copies if each)
    elif clock.breached_at is None:
        earliest = min(each.received_at for each in left if each.received_at)
        for name, moment in span("read", earliest).items():
            setattr(clock, name, moment)


def unread(copies: Sequence[FeedbackCopy | None]) -> list[FeedbackCopy]:
    """Return what a person has still to read; nobody can read what was taken back."""
    known = [each for each in copies if each and each.received_at]
    return [each for each in known if each.read_at is None and each.state not in GONE]
