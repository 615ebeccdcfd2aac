"""Statements about feedback, each limited to what the caller may see."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Text,
    all_,
    and_,
    any_,
    bindparam,
    cast,
    func,
    literal_column,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSQUERY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import Uuid

from services.feedback.items.statement import DIALECT
from services.feedback.models import Demographics, Feedback, ReplyCode, Revision
from services.feedback.operators import is_operator
from shared.auth import Caller


class Sight(NamedTuple):
    """What a caller sees besides what is published."""

    sends: bool = False  # what its organisation sent
    reads: bool = False  # what is about its organisation
    moderates_all: bool = False  # everything: the operator moderates where no body can
    oldest_first: bool = False  # in which order it sees it


OWN = bindparam("own", type_=ARRAY(Uuid))
PUBLISHED = Feedback.state == literal_column("'published'")
RECEIVED = Feedback.state == literal_column("'received'")
# The conditions that a page may have, each with a parameter of its name.
CONDITIONS: Mapping[str, ColumnElement[bool]] = {
    "footprints": Feedback.footprint_id == any_(bindparam("footprints", type_=ARRAY(Uuid))),
    "organisations": Feedback.organisation_ids.overlap(bindparam("organisations", type_=ARRAY(Uuid))),
    "themes": Feedback.themes.contains(bindparam("themes", type_=JSONB)),
    "kind": Feedback.kind == bindparam("kind"),
    "state": Feedback.state == bindparam("state"),
    "since": Feedback.received_at >= bindparam("since"),
    # By one body, as nearly always, the index gives them in their order.
    "sender": Feedback.sender_id == bindparam("sender"),
    "senders": Feedback.sender_id == any_(bindparam("senders", type_=ARRAY(Uuid))),
    "after": Feedback.id < bindparam("after"),
    "later": Feedback.id > bindparam("later"),
    "about_us": or_(Feedback.organisation_ids.overlap(OWN), Feedback.footprint_id == any_(OWN)),
    # Who sent it, and is not alone in what it is about, leaves it to the others.
    "ours_to_moderate": or_(
        Feedback.sender_id.is_(None),
        Feedback.sender_id != all_(OWN),
        Feedback.organisation_ids.contained_by(OWN),
    ),
    # What a rule published, nobody has read either.
    "unread": and_(
        or_(RECEIVED, and_(PUBLISHED, Feedback.published_by_rule.is_not(None))), Feedback.read_at.is_(None)
    ),
    "to_moderate": and_(
        RECEIVED,
        Feedback.kind != literal_column("'complaint'"),
        Feedback.permissions.contains(literal_column("""'{"publish": "yes"}'::jsonb""")),
    ),
    "urgent": and_(RECEIVED, Feedback.urgent, Feedback.forwarding.is_(None)),
    "complaints_to_forward": and_(
        RECEIVED, Feedback.kind == literal_column("'complaint'"), Feedback.forwarding.is_(None)
    ),
    "until": Feedback.received_at < bindparam("until"),
    "words": Feedback.searchable.op("@@")(cast(bindparam("words", type_=Text), TSQUERY)),
}


def sight_of(caller: Caller) -> Sight:
    """What a caller sees besides what is published."""
    is_body = caller.organisation_id is not None
    reads = is_body and "feedback:read" in caller.scopes
    return Sight(is_body, reads, reads and is_operator(caller))


def own_bodies(caller: Caller) -> list[UUID]:
    """The caller's organisation and the bodies whose heir it is; none without an organisation."""
    return [caller.organisation_id, *caller.heir_of] if caller.organisation_id else []


def sent_by(caller: Caller) -> dict[str, object]:
    """The conditions for what the caller's organisation sent, or a body whose heir it is."""
    own = own_bodies(caller)
    return {"sender": own[0]} if len(own) == 1 else {"senders": own}


def work_of(caller: Caller) -> dict[str, object]:
    """The conditions for what the caller may moderate: what is about it, or everything for the operator."""
    own: dict[str, object] = {} if is_operator(caller) else {"about_us": True}
    return own | {"ours_to_moderate": True}


def is_within(sight: Sight) -> ColumnElement[bool]:
    """True for what is published, for feedback about the caller, and for what it sent; needs `own`."""
    if sight.moderates_all:
        return true()
    about = Feedback.organisation_ids.overlap(OWN), Feedback.footprint_id == any_(OWN)
    sent = (Feedback.sender_id == any_(OWN),) if sight.sends else ()
    return or_(PUBLISHED, *(about if sight.reads else ()), *sent)


@cache
def statement_of_page(
    columns: tuple[ColumnElement[Any], ...], sight: Sight, conditions: tuple[str, ...]
) -> tuple[str, tuple[str, ...]]:
    """The statement of a page of feedback, and the names of its parameters in their order.

    SQLAlchemy writes it once for each shape: to write it takes longer than to run it.
    """
    not_erased = Feedback.state != literal_column("'erased'")
    wanted = select(*columns).where(is_within(sight), not_erased, *(CONDITIONS[each] for each in conditions))
    order = Feedback.id if sight.oldest_first else Feedback.id.desc()
    wanted = wanted.order_by(order).limit(bindparam("limit", type_=BigInteger))
    compiled = wanted.compile(dialect=DIALECT)
    return str(compiled), tuple(compiled.positiontup or ())


async def find_visible(session: AsyncSession, feedback_id: UUID, caller: Caller) -> Feedback | None:
    """A piece of feedback, if the caller may see it."""
    found = select(Feedback).where(Feedback.id == feedback_id, is_within(sight_of(caller)))
    return await session.scalar(found, {"own": own_bodies(caller)})


async def feedback_with_ids(session: AsyncSession, ids: Sequence[UUID]) -> Sequence[Feedback]:
    """The pieces of feedback with these ids."""
    return (await session.scalars(select(Feedback).where(Feedback.id.in_(ids)))).all()


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
