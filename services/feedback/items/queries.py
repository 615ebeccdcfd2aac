"""Reads of feedback, each limited to what the caller may see."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.models import Feedback, ReplyCode, Revision
from shared.auth import Caller

FILTERS: dict[str, Callable[[Any], ColumnElement[bool]]] = {
    "footprint_id": lambda value: Feedback.footprint_id == value,
    "organisation_id": lambda value: Feedback.organisation_ids.contains([value]),
    "theme": lambda value: Feedback.themes.contains([{"code": value}]),
    "kind": lambda value: Feedback.kind == value,
    "state": lambda value: Feedback.state == value,
    "since": lambda value: Feedback.received_at >= value,
}


def visible_to(caller: Caller) -> ColumnElement[bool]:
    """Return the condition for what a caller may see: what is published, its own, and what it sent."""
    return or_(Feedback.state == "published", own(caller), sent_by(caller))


def own(caller: Caller) -> ColumnElement[bool]:
    """Return the condition for what is about the caller's organisation or footprint."""
    body = caller.organisation_id
    if body is None or "feedback:read" not in caller.scopes:
        return false()
    return or_(Feedback.organisation_ids.contains([body]), Feedback.footprint_id == body)


def sent_by(caller: Caller) -> ColumnElement[bool]:
    """Return the condition for what the caller's organisation sent itself."""
    return false() if caller.organisation_id is None else Feedback.sender_id == caller.organisation_id


def listing(caller: Caller, filters: dict[str, Any]) -> Select[Feedback]:
    """Return the statement of the feedback that a caller may see, with those filters that are not None."""
    wanted = [FILTERS[name](value) for name, value in filters.items() if value is not None]
    return select(Feedback).where(visible_to(caller), Feedback.state != "erased", *wanted)


async def visible(session: AsyncSession, feedback_id: UUID, caller: Caller) -> Feedback | None:
    """Return a piece of feedback if the caller may see it."""
    found: Feedback | None = await session.scalar(
        select(Feedback).where(Feedback.id == feedback_id, visible_to(caller))
    )
    return found


def revisions_of(feedback_id: UUID) -> Select[Revision]:
    """Return the statement of what stood under an external id before."""
    return select(Revision).where(Revision.feedback_id == feedback_id)


async def by_external_ref(session: AsyncSession, origin_id: UUID, external_ref: str) -> Feedback | None:
    """Return what an origin sent under an external id, locked; two at once wait for each other."""
    turn = func.pg_advisory_xact_lock(func.hashtextextended(f"{origin_id} {external_ref}", 0))
    await session.execute(select(turn))
    found: Feedback | None = await session.scalar(
        select(Feedback)
        .where(and_(Feedback.origin_id == origin_id, Feedback.external_ref == external_ref))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return found


async def issued_code(session: AsyncSession, reply_ref: str) -> ReplyCode | None:
    """Return a reply code that was issued, locked so that it is bound once."""
    found: ReplyCode | None = await session.scalar(
        select(ReplyCode).where(ReplyCode.reply_ref == reply_ref).with_for_update()
    )
    return found


async def by_code(session: AsyncSession, code_id: UUID) -> Feedback | None:
    """Return the feedback that a reply code is bound to."""
    found: Feedback | None = await session.scalar(select(Feedback).where(Feedback.reply_code_id == code_id))
    return found


async def feedback_after(session: AsyncSession, last: UUID | None, limit: int) -> Sequence[Feedback]:
    """Return the next pieces of feedback in the order of their ids."""
    following = select(Feedback).order_by(Feedback.id).limit(limit)
    return (await session.scalars(following.where(Feedback.id > last) if last else following)).all()
