"""How bodies can be reached."""

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, Select, any_, case, false, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from services.registry.bodies.restated import FRESH_FOR
from services.registry.contacts.schemas import ContactFilter
from services.registry.ledger.views import AS_OF, IDS, KNOWN_AT, NOW, View, is_said
from services.registry.models import Contact

FORGOTTEN = "(forgotten)"


def in_use(day: date | BindParameter[date]) -> ColumnElement[bool]:
    """True for the contacts that had not ended by a day."""
    return or_(Contact.ended_on.is_(None), Contact.ended_on >= day)


def sure_on(day: date) -> ColumnElement[date]:
    """The day on which a contact was last verified by then, else the day of its source."""
    return case((Contact.verified_on <= day, Contact.verified_on), else_=Contact.known_on)


def known_by(
    body_id: UUID, view: View, wanted: ContactFilter | None = None, closed_on: date | None = None
) -> Select[Contact]:
    """Select what was known of a body by a day, what had ended only where that is wanted."""
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
        if closed_on and closed_on < day:
            is_fresh = false()
        found = found.where(is_fresh if wanted.fresh else ~is_fresh)
    return found


KNOWN = (
    select(Contact)
    .where(Contact.body_id.in_(IDS), Contact.known_on <= AS_OF, is_said(Contact, KNOWN_AT), in_use(AS_OF))
    .order_by(Contact.known_on.desc(), Contact.id)
)


async def contacts_of(session: AsyncSession, ids: Collection[UUID], view: View) -> Sequence[Contact]:
    """What was known of bodies by a day, the latest first."""
    return (await session.scalars(KNOWN, {"ids": list(ids), **view.parameters()})).all()


async def in_use_of(session: AsyncSession, body_id: UUID, channel: str, day: date) -> Sequence[Contact]:
    """The contacts of a channel that a body has from a day on."""
    wanted = select(Contact).where(
        Contact.body_id == body_id, Contact.channel == channel, is_said(Contact, NOW), in_use(day)
    )
    return (await session.scalars(wanted.order_by(Contact.id))).all()


async def forget_personal(session: AsyncSession, contact_id: UUID) -> bool:
    """Forget where a contact ever led if it led to one person; whether it did.

    Forms before somebody noticed whose contact it was are forgotten with the others.
    """
    form = aliased(Contact)
    of_contact = or_(form.id == contact_id, form.earlier_form_of == contact_id)
    forgotten = update(Contact).where(
        or_(Contact.id == contact_id, Contact.earlier_form_of == contact_id),
        select(form.id).where(of_contact, form.is_personal).exists(),
    )
    done = await session.execute(
        forgotten.values(value=FORGOTTEN).returning(Contact.id).execution_options(synchronize_session=False)
    )
    return bool(done.all())
