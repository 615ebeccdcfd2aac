"""Reading loops: who may see which, and what belongs to one."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.models import FeedbackCopy, Loop, OrganisationCopy
from services.loop.records import Commitment, Decision, Evidence, Verification
from shared.auth import Caller
from shared.db import locked
from shared.errors import NotFound

BATCH = 500
LOOP_SCOPES = frozenset({"loop:read", "loop:write", "loop:raise", "loop:verify"})
Part = TypeVar("Part")


def seen_by(caller: Caller) -> ColumnElement[bool]:
    """Tell which loops a caller may see: all but drafts, and of drafts its own and those it raised."""
    own = caller.organisation_id
    if own is None or not caller.scopes & LOOP_SCOPES:
        return Loop.state != "draft"
    mine = (Loop.organisation_id == own, Loop.footprint_id == own, Loop.raiser_id == own)
    return or_(Loop.state != "draft", *mine)


def is_inside(caller: Caller, loop: Loop) -> bool:
    """Tell whether a loop is the caller's own, so that it sees what is not public."""
    own = (loop.organisation_id, loop.footprint_id, loop.raiser_id)
    return bool(caller.organisation_id in own and caller.organisation_id and caller.scopes & LOOP_SCOPES)


def loops_seen_by(caller: Caller) -> Select[Loop]:
    """Return the query for the loops that a caller may see."""
    return select(Loop).where(seen_by(caller))


async def loop_seen_by(session: AsyncSession, caller: Caller, loop_id: UUID) -> Loop | None:
    """Return a loop if the caller may see it."""
    return (await session.scalars(loops_seen_by(caller).where(Loop.id == loop_id))).one_or_none()


async def loop_locked_for(session: AsyncSession, caller: Caller, loop_id: UUID) -> Loop:
    """Return a loop, locked until the transaction ends; NotFound unless the caller may see it."""
    loop = await locked(session, Loop, loop_id)
    if loop.state == "draft" and not is_inside(caller, loop):
        raise NotFound
    return loop


async def loops_after(session: AsyncSession, last: UUID | None) -> Sequence[Loop]:
    """Return the next loops in the order of their ids."""
    following = select(Loop).order_by(Loop.id).limit(BATCH)
    return (await session.scalars(following.where(Loop.id > last) if last else following)).all()


async def feedback_of(session: AsyncSession, loop: Loop) -> Sequence[FeedbackCopy]:
    """Return what is known of the feedback that a loop answers."""
    linked = select(FeedbackCopy).where(FeedbackCopy.id.in_(loop.feedback_ids))
    return (await session.scalars(linked)).all()


async def published_among(session: AsyncSession, loops: Iterable[Loop]) -> set[UUID]:
    """Return which of the loops' feedback everybody may read."""
    linked = {feedback_id for loop in loops for feedback_id in loop.feedback_ids}
    published = select(FeedbackCopy.id).where(FeedbackCopy.id.in_(linked), FeedbackCopy.state == "published")
    return set(await session.scalars(published)) if linked else set()


async def parts_of(session: AsyncSession, loop_id: UUID, part: type[Any]) -> Sequence[Any]:
    """Return a loop's decisions, commitments or evidence, the first first; ids are made in order."""
    return (await session.scalars(select(part).where(part.loop_id == loop_id).order_by(part.id))).all()


async def loop_of(session: AsyncSession, part: type[Any], part_id: UUID) -> UUID:
    """Return the loop that a commitment or a piece of evidence belongs to; NotFound when there is none."""
    found: UUID | None = await session.scalar(select(part.loop_id).where(part.id == part_id))
    if found is None:
        raise NotFound
    return found


async def latest_decision(session: AsyncSession, loop_id: UUID) -> Decision | None:
    """Return a loop's newest decision."""
    newest = select(Decision).where(Decision.loop_id == loop_id).order_by(Decision.id.desc()).limit(1)
    return (await session.scalars(newest)).one_or_none()


async def evidence_of(
    session: AsyncSession, loop_id: UUID, commitment_id: UUID | None
) -> tuple[Sequence[Evidence], Sequence[Verification]]:
    """Return the evidence of a commitment, or of the loop itself, and what others made of it."""
    about = Evidence.commitment_id == commitment_id if commitment_id else Evidence.commitment_id.is_(None)
    mine = select(Evidence).where(Evidence.loop_id == loop_id, about).order_by(Evidence.id)
    evidence = (await session.scalars(mine)).all()
    judged = select(Verification).where(Verification.evidence_id.in_([each.id for each in evidence]))
    return evidence, (await session.scalars(judged)).all() if evidence else []


async def commitments_of(session: AsyncSession, loop_id: UUID) -> Sequence[Commitment]:
    """Return a loop's commitments as they are now, the first first."""
    mine = select(Commitment).where(Commitment.loop_id == loop_id).order_by(Commitment.id)
    return (await session.scalars(mine.execution_options(populate_existing=True))).all()


async def any_demonstration(session: AsyncSession, organisations: set[UUID | None]) -> bool:
    """Tell whether any of these organisations is marked as a demonstration."""
    marked = select(OrganisationCopy.id).where(OrganisationCopy.demonstration)
    return (
        await session.scalar(marked.where(OrganisationCopy.id.in_(organisations - {None})).limit(1))
        is not None
    )
