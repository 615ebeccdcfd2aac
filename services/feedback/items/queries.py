"""Statements about feedback, each limited to what the caller may see."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy import ColumnElement, Select, false, func, or_, select, text, true
from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.models import Demographics, Feedback, ReplyCode, Revision
from services.feedback.operators import is_operator
from services.feedback.separating import separate_words
from shared.auth import Caller


@dataclass(frozen=True, slots=True)
class FeedbackFilter:
    """Which feedback to list; None does not limit the list."""

    footprints: Collection[UUID] | None = None
    organisations: Collection[UUID] | None = None
    theme: str | None = None
    kind: str | None = None
    state: str | None = None
    since: datetime | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """The conditions for what is not None."""
        conditions: list[ColumnElement[bool]] = []
        if self.footprints is not None:
            conditions.append(Feedback.footprint_id.in_(self.footprints))
        if self.organisations is not None:
            conditions.append(Feedback.organisation_ids.overlap(self.organisations))
        if self.theme is not None:
            conditions.append(Feedback.themes.contains([{"code": self.theme}]))
        if self.kind is not None:
            conditions.append(Feedback.kind == self.kind)
        if self.state is not None:
            conditions.append(Feedback.state == self.state)
        if self.since is not None:
            conditions.append(Feedback.received_at >= self.since)
        return conditions


def is_visible_to(caller: Caller) -> ColumnElement[bool]:
    """True for what the caller may see: published feedback, feedback about the caller, and what it sent."""
    return or_(Feedback.state == "published", is_about(caller), is_sent_by(caller))


def is_about(caller: Caller) -> ColumnElement[bool]:
    """True for feedback about the caller, or about a body whose heir it is, if the caller may read it.

    The operator may read all, since it moderates where no body can.
    """
    own = caller.organisation_id
    if own is None or "feedback:read" not in caller.scopes:
        return false()
    if is_operator(caller):
        return true()
    bodies = [own, *caller.heir_of]
    return or_(Feedback.organisation_ids.overlap(bodies), Feedback.footprint_id.in_(bodies))


def is_sent_by(caller: Caller) -> ColumnElement[bool]:
    """True for feedback that the caller's organisation sent, or a body whose heir it is."""
    own = caller.organisation_id
    return false() if own is None else Feedback.sender_id.in_([own, *caller.heir_of])


def feedback_visible_to(caller: Caller, wanted: FeedbackFilter) -> Select[Feedback]:
    """The feedback that a caller may see, within the filter."""
    not_erased = Feedback.state != "erased"
    return select(Feedback).where(is_visible_to(caller), not_erased, *wanted.conditions())


def published_feedback_with(words: str) -> Select[Feedback]:
    """Published feedback whose masked text has these words."""
    asked = text(separate_words("CAST(:words AS text)")).bindparams(words=words)
    query = func.websearch_to_tsquery("english", asked)
    return select(Feedback).where(Feedback.state == "published", Feedback.searchable.op("@@")(query))


async def find_visible(session: AsyncSession, feedback_id: UUID, caller: Caller) -> Feedback | None:
    """A piece of feedback, if the caller may see it."""
    return await session.scalar(select(Feedback).where(Feedback.id == feedback_id, is_visible_to(caller)))


def revisions_of_feedback(feedback_id: UUID) -> Select[Revision]:
    """The earlier contents of a piece of feedback."""
    return select(Revision).where(Revision.feedback_id == feedback_id)


async def has_revision(session: AsyncSession, feedback_id: UUID, content: dict[str, JsonValue]) -> bool:
    """Whether this content is among the earlier ones of a piece of feedback."""
    same = revisions_of_feedback(feedback_id).where(Revision.content == content)
    return await session.scalar(select(same.exists())) is True


async def has_demographics(session: AsyncSession, pseudonym: str) -> bool:
    """Whether something is stored under a pseudonym; what it is, this service cannot read."""
    found = select(Demographics.pseudonym).where(Demographics.pseudonym == pseudonym)
    return await session.scalar(found) is not None


async def lock_by_external_ref(session: AsyncSession, origin_id: UUID, external_ref: str) -> Feedback | None:
    """What an origin sent under an external id, locked; two requests at the same moment wait in turn."""
    turn = func.pg_advisory_xact_lock(func.hashtextextended(f"{origin_id} {external_ref}", 0))
    await session.execute(select(turn))
    return await session.scalar(
        select(Feedback)
        .where(Feedback.origin_id == origin_id, Feedback.external_ref == external_ref)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


async def lock_issued_code(session: AsyncSession, reply_ref: str) -> ReplyCode | None:
    """A reply code that was issued, locked so that only one piece of feedback uses it."""
    return await session.scalar(select(ReplyCode).where(ReplyCode.reply_ref == reply_ref).with_for_update())


async def find_by_code(session: AsyncSession, code_id: UUID) -> Feedback | None:
    """The feedback that uses a reply code."""
    return await session.scalar(select(Feedback).where(Feedback.reply_code_id == code_id))


async def feedback_after(session: AsyncSession, last: UUID | None, limit: int) -> Sequence[Feedback]:
    """The next pieces of feedback in the order of their ids."""
    following = select(Feedback).order_by(Feedback.id).limit(limit)
    return (await session.scalars(following.where(Feedback.id > last) if last else following)).all()


async def lock_feedback_masked_before(session: AsyncSession, rules: int, limit: int) -> Sequence[Feedback]:
    """The next pieces of feedback that earlier rules masked, locked."""
    earlier = select(Feedback).where(Feedback.masked_with < rules).order_by(Feedback.id).limit(limit)
    return (await session.scalars(earlier.with_for_update(skip_locked=True))).all()


async def lock_revisions_masked_before(session: AsyncSession, rules: int, limit: int) -> Sequence[Revision]:
    """The next earlier contents that earlier rules masked, locked."""
    order = Revision.feedback_id, Revision.number
    earlier = select(Revision).where(Revision.masked_with < rules).order_by(*order).limit(limit)
    return (await session.scalars(earlier.with_for_update(skip_locked=True))).all()
