"""Retention: what a source keeps no longer is erased, by rule and by nobody's decision."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.models import Feedback
from services.feedback.moderation.domain import erase
from services.feedback.moderation.keys import ErasureKeys
from services.feedback.moderation.rights import Ending, is_about_kin
from services.feedback.sources.erasing import lock_answers_of_feedback
from services.feedback.sources.models import Source
from shared.auth import Actor, Caller
from shared.clock import day_in_england, now

ERASED_TOGETHER = 100
RULE = Actor("rule", "retention")
# For how long a source keeps feedback; null where it does not say.
KEPT = func.make_interval(0, 0, 0, Source.retention_days)


class Overdue(NamedTuple):
    """How much feedback of a source was kept to its end by some instant."""

    source_id: UUID
    name: str
    retention_days: int
    pieces: int
    first: datetime
    last: datetime


async def erase_overdue(session: AsyncSession, keys: ErasureKeys) -> int:
    """Erase the next pieces that their sources keep no longer; return how many."""
    due = await lock_overdue(session, now())
    await lock_answers_of_feedback(session, [feedback.id for feedback, *_ in due])
    # In the order in which an unsubscription locks what one person said.
    for feedback, kept_until, source in sorted(due, key=lambda each: each[0].id):
        by = await ending_by_rule(session, feedback, source, reason_of_rule(kept_until))
        await erase(session, feedback, keys, by)
    return len(due)


async def ending_by_rule(session: AsyncSession, feedback: Feedback, source: Source, reason: str) -> Ending:
    """The erasure by rule: it is that of the source's owner where they made the rule keep less since."""
    if source.shortened_at is None or feedback.received_at >= source.shortened_at:
        return Ending("rule", actor=RULE, reason=reason)
    owner = Caller(organisation_id=source.organisation_id)
    is_own = await is_about_kin(session, feedback, source.organisation_id)
    return Ending("body" if is_own else "sender", owner, RULE, reason)


def reason_of_rule(kept_until: datetime) -> str:
    """Why the rule erased it."""
    return f"kept until {day_in_england(kept_until)}"


def is_overdue(at: datetime) -> ColumnElement[bool]:
    """Whether feedback was kept to its end by some instant, written so that the index finds it."""
    until = literal(at, Feedback.received_at.type) - KEPT
    return and_(Feedback.received_at <= until, Feedback.state != "erased")


async def lock_overdue(session: AsyncSession, at: datetime) -> Sequence[Row[Feedback, datetime, Source]]:
    """The next pieces that were kept to the end, locked, with that end and their source; not those in use."""
    wanted = (
        select(Feedback, Feedback.received_at + KEPT, Source)
        .join(Source, Source.id == Feedback.source_id)
        .where(is_overdue(at))
        .limit(ERASED_TOGETHER)
    )
    return (await session.execute(wanted.with_for_update(of=Feedback, skip_locked=True))).all()


async def count_overdue(session: AsyncSession, at: datetime) -> list[Overdue]:
    """What the rule would erase at an instant, by source."""
    received = Feedback.received_at
    wanted = (
        select(
            Source.id,
            Source.name,
            Source.retention_days,
            func.count(),
            func.min(received),
            func.max(received),
        )
        .join(Source, Source.id == Feedback.source_id)
        .where(is_overdue(at))
        .group_by(Source.id)
        .order_by(Source.id)
    )
    return [Overdue._make(row) for row in await session.execute(wanted)]
