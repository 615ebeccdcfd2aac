"""How bodies can be reached."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, Row, Select, and_, any_, case, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.contacts.freshness import FRESH_FOR
from services.registry.contacts.schemas import ContactFilter
from services.registry.ledger.views import AS_OF, IDS, KNOWN_AT, NOW, View, is_said
from services.registry.models import Body, Contact

FORGOTTEN = "(forgotten)"


def in_use(day: date | BindParameter[date]) -> ColumnElement[bool]:
    """Hold for the doors that had not ended by a day."""
    return or_(Contact.ended_on.is_(None), Contact.ended_on >= day)


def sure_on(day: date) -> ColumnElement[date]:
    """Return the day on which a door was last made sure of by then, else the day of its source."""
    return case((Contact.verified_on <= day, Contact.verified_on), else_=Contact.known_on)


def known_by(body_id: UUID, view: View, wanted: ContactFilter | None = None) -> Select[Contact]:
    """Select what was known of a body by a day, closed doors only where they are wanted."""
    wanted, day = wanted or ContactFilter(), view.as_of
    found = select(Contact).where(Contact.body_id == body_id, Contact.known_on <= day)
    found = found.where(is_said(Contact, view.known_at))
    if not wanted.ended:
        found = found.where(in_use(day))
    if wanted.purpose:
        found = found.where(Contact.purpose == wanted.purpose)
    if wanted.channel:
        found = found.where(Contact.channel == wanted.channel)
    if wanted.accessible:
        found = found.where(any_(Contact.accessible) == wanted.accessible)
    if wanted.fresh is not None:
        # Without going below the first day of the calendar.
        is_fresh = sure_on(day) >= max(day, date.min + FRESH_FOR) - FRESH_FOR
        found = found.where(is_fresh if wanted.fresh else ~is_fresh)
    return found


KNOWN = (
    select(Contact)
    .where(Contact.body_id.in_(IDS), Contact.known_on <= AS_OF, is_said(Contact, KNOWN_AT), in_use(AS_OF))
    .order_by(Contact.known_on.desc(), Contact.id)
)


async def contacts_of(session: AsyncSession, ids: Collection[UUID], view: View) -> Sequence[Contact]:
    """Return what was known of bodies by a day, the latest first."""
    return (await session.scalars(KNOWN, {"ids": list(ids), **view.parameters()})).all()


async def one(session: AsyncSession, contact_id: UUID, known_at: datetime | None) -> Row[Contact, int] | None:
    """Return a door as the registry said it at an instant, with its body's version; None without one."""
    in_force = and_(Contact.id == contact_id, Contact.earlier_form_of.is_(None))
    wanted = (
        select(Contact, Body.version)
        .join(Body, Body.id == Contact.body_id)
        .where(or_(in_force, Contact.earlier_form_of == contact_id), is_said(Contact, known_at))
        .where(Body.withdrawn_at.is_(None))
        .order_by(Contact.recorded_at.desc())
        .limit(1)
    )
    found = await session.execute(wanted.execution_options(populate_existing=True))
    return found.first()


async def in_use_of(session: AsyncSession, body_id: UUID, channel: str, day: date) -> Sequence[Contact]:
    """Return the doors of a channel that a body has from a day on."""
    wanted = select(Contact).where(
        Contact.body_id == body_id, Contact.channel == channel, is_said(Contact, NOW), in_use(day)
    )
    return (await session.scalars(wanted.order_by(Contact.id))).all()


async def forget_personal(session: AsyncSession, contact_id: UUID) -> int:
    """Forget where a door ever led that led to one person, and return how many forms it had.

    Forms before somebody noticed whose door it was are forgotten with the others.
    """
    forms = or_(Contact.id == contact_id, Contact.earlier_form_of == contact_id)
    personal = select(Contact.id).where(forms, Contact.is_personal)
    if await session.scalar(personal.limit(1)) is None:
        return 0
    forgotten = update(Contact).where(forms).values(value=FORGOTTEN)
    done = await session.execute(forgotten.returning(Contact.id).execution_options(synchronize_session=False))
    return len(done.all())
