"""Who held which role."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, false, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.ledger.views import AS_OF, IDS, KNOWN_AT, NOW, Day, View, is_open_on, is_said
from services.registry.models import Appointment, Body

# An appointment that nobody verified for longer no longer counts as current.
STALE_AFTER = timedelta(days=180)


def known_by(body_id: UUID, view: View, role: str | None = None) -> Select[Appointment]:
    """Select what was known of a body by a day, or became known later of that day."""
    found = select(Appointment).where(Appointment.body_id == body_id, begun_by(view.as_of))
    found = found.where(is_said(Appointment, view.known_at))
    return found.where(func.lower(Appointment.role) == role.lower()) if role else found


def begun_by(day: Day) -> ColumnElement[bool]:
    """True for what was known by a day, or had begun by then."""
    return or_(Appointment.known_on <= day, Appointment.held_from <= day)


def held_between(first: date, last: date) -> ColumnElement[bool]:
    """True for what was held on any day from one to another, as far as is known."""
    return and_(
        or_(Appointment.held_from.is_(None), Appointment.held_from <= last),
        or_(Appointment.held_to.is_(None), Appointment.held_to >= first),
    )


def current_on(day: date, closed_on: date | None, today: date) -> ColumnElement[bool]:
    """True for who is taken to hold a role of a body on a day; an end that has come is sure until then."""
    if closed_on and closed_on < day:
        return false()
    ended_on = case((Appointment.held_to <= today, Appointment.held_to))
    # GREATEST leaves out what is NULL.
    sure_on = func.greatest(Appointment.confirmed_on, Appointment.known_on, ended_on)
    since = date.fromordinal(max(1, day.toordinal() - STALE_AFTER.days))
    return and_(held_between(day, day), sure_on >= since)


KNOWN = (
    select(Appointment)
    .where(Appointment.body_id.in_(IDS), begun_by(AS_OF), is_said(Appointment, KNOWN_AT))
    .order_by(Appointment.known_on.desc(), Appointment.id)
)


async def appointments_of(session: AsyncSession, ids: Collection[UUID], view: View) -> Sequence[Appointment]:
    """What was known of bodies by a day, the latest first."""
    return (await session.scalars(KNOWN, {"ids": list(ids), **view.parameters()})).all()


async def holders(
    session: AsyncSession, body_id: UUID, role: str, begins: date, ends: date | None
) -> Sequence[Appointment]:
    """Who holds a role of a body on any day from one to another."""
    wanted = known_by(body_id, View(date.max), role).where(held_between(begins, ends or date.max))
    return (await session.scalars(wanted.order_by(Appointment.held_from, Appointment.id))).all()


async def lock_stale(session: AsyncSession, day: date, count: int) -> list[tuple[Appointment, Body]]:
    """Some appointments that became stale, unless that was published, and their bodies; both locked.

    Skips those that others locked.
    """
    sure_on = func.greatest(Appointment.confirmed_on, Appointment.known_on)
    stale = (
        select(Appointment, Body)
        .join(Body, Body.id == Appointment.body_id)
        .where(is_open_on(day), is_said(Appointment, NOW), held_between(day, day))
        .where(Appointment.stale_at.is_(None), sure_on < day - STALE_AFTER)
        .order_by(Body.id, Appointment.id)
        .limit(count)
        .with_for_update(skip_locked=True, key_share=True)
    )
    found = await session.execute(stale.execution_options(populate_existing=True))
    return [(appointment, body) for appointment, body in found]
