"""Reading tellings: who was told in this round, and who has answered."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.models import Loop
from services.loop.records import GroupTelling, Telling, Verdict

# The tellings that say what came of it: only after these are verdicts asked for.
FINAL = ("declined", "changed")
EVER = datetime(1970, 1, 1, tzinfo=UTC)


async def tellings_of_outcome(session: AsyncSession, loop: Loop) -> Sequence[Telling]:
    """Return the tellings of what came of a loop that is being told, since verdicts were last asked for."""
    since = loop.verdict_opened_at or EVER
    outcome = Telling.loop_id == loop.id, Telling.kind.in_(FINAL), Telling.requested_at > since
    found = select(Telling).where(*outcome).order_by(Telling.id)
    return (await session.scalars(found.execution_options(populate_existing=True))).all()


async def asked_ids(session: AsyncSession, loop: Loop) -> set[UUID]:
    """Return the feedback whose givers were told and asked for their verdict since verdicts are open."""
    since = loop.verdict_opened_at or EVER
    asked = Telling.loop_id == loop.id, Telling.kind == "verdict_asked", Telling.requested_at >= since
    return set(await session.scalars(select(Telling.feedback_id).where(*asked)))


async def answered_refs(session: AsyncSession, loop: Loop) -> set[str]:
    """Return who has given a verdict since verdicts are open."""
    given = func.coalesce(Verdict.changed_at, Verdict.given_at) >= (loop.verdict_opened_at or EVER)
    return set(await session.scalars(select(Verdict.reply_ref).where(Verdict.loop_id == loop.id, given)))


async def group_tellings(
    session: AsyncSession, loop: Loop, since: datetime | None = None
) -> Sequence[GroupTelling]:
    """Return the group tellings that were logged after a moment, or all."""
    logged = GroupTelling.loop_id == loop.id, GroupTelling.logged_at > (since or EVER)
    return (await session.scalars(select(GroupTelling).where(*logged).order_by(GroupTelling.id))).all()


async def all_tellings(session: AsyncSession, loop: Loop) -> Sequence[Telling]:
    """Return every telling of a loop, the first first."""
    found = select(Telling).where(Telling.loop_id == loop.id).order_by(Telling.id)
    return (await session.scalars(found)).all()
