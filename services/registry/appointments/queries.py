"""Who held which role."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, case, exists, false, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.ledger.views import AS_OF, IDS, KNOWN_AT, NOW, View, is_open_on, is_said
from services.registry.models import Appointment, Body

# An appointment of which nobody has made sure for longer is no longer taken for current.
STALE_AFTER = timedelta(days=180)


def known_by(body_id: UUID, view: View, role: str | None = None) -> Select[Appointment]:
    """Select what was known of a body by a day, or became known later of that day."""
    found = select(Appointment).where(Appointment.body_id == body_id, begun_by(view.as_of))
    found = found.where(is_said(Appointment, view.known_at))
    return found.where(func.lower(Appointment.role) == role.lower()) if role else found


def begun_by(day: Any) -> ColumnElement[bool]:
    """Hold for what was known by a day, or had begun by then."""
    return or_(Appointment.known_on <= day, Appointment.held_from <= day)


def held_on(day: Any) -> ColumnElement[bool]:
    """Hold for what had begun and had not ended on a day, as far as is known."""
    return and_(
        or_(Appointment.held_from.is_(None), Appointment.held_from <= day),
        or_(Appointment.held_to.is_(None), Appointment.held_to >= day),
    )


def current_on(day: date, closed_on: date | None, today: date) -> ColumnElement[bool]:
    """Hold for who is taken to hold a role of a body on a day; an end that has come is sure until then."""
    if closed_on and closed_on < day:
        return false()
    ended_on = case((Appointment.held_to <= today, Appointment.held_to))
    # GREATEST leaves out what is NULL.
    sure_on = func.greatest(Appointment.confirmed_on, Appointment.known_on, ended_on)
    since = date.fromordinal(max(1, day.toordinal() - STALE_AFTER.days))
    return and_(held_on(day), sure_on >= since)


KNOWN = (
    select(Appointment)
    .where(Appointment.body_id.in_(IDS), begun_by(AS_OF), is_said(Appointment, KNOWN_AT))
    .order_by(Appointment.known_on.desc(), Appointment.id)
)


async def appointments_of(session: AsyncSession, ids: Collection[UUID], view: View) -> Sequence[Appointment]:
    """What was known of bodies by a day, the latest first."""
    return (await session.scalars(KNOWN, {"ids": list(ids), **view.parameters()})).all()


async def one(
    session: AsyncSession, appointment_id: UUID, known_at: datetime | None
) -> Row[Appointment, Body] | None:
    """An appointment with its body, as the registry says it now or said it at an instant."""
    form = or_(Appointment.id == appointment_id, Appointment.earlier_form_of == appointment_id)
    wanted = select(Appointment, Body).join(Body, Body.id == Appointment.body_id)
    wanted = wanted.where(form, is_said(Appointment, known_at), Body.withdrawn_at.is_(None))
    # Where the clocks of two processes differed, two forms hold for a moment: the later one counts.
    latest = wanted.order_by(Appointment.recorded_at.desc()).limit(1)
    return (await session.execute(latest.execution_options(populate_existing=True))).first()


async def holding(
    session: AsyncSession, body_id: UUID, role: str, begins: date, ends: date | None
) -> Sequence[Appointment]:
    """Return who holds a role of a body on any day from one to another."""
    wanted = select(Appointment).where(
        Appointment.body_id == body_id,
        func.lower(Appointment.role) == role.lower(),
        is_said(Appointment, NOW),
        or_(Appointment.held_to.is_(None), Appointment.held_to >= begins),
        or_(Appointment.held_from.is_(None), Appointment.held_from <= (ends or date.max)),
    )
    return (await session.scalars(wanted.order_by(Appointment.held_from, Appointment.id))).all()


def not_sure_since(day: date) -> ColumnElement[bool]:
    """Hold for what is held on a day, has long not been made sure of, and was not told to be so."""
    sure_on = func.greatest(Appointment.confirmed_on, Appointment.known_on)
    return and_(
        is_said(Appointment, NOW), Appointment.stale_at.is_(None), held_on(day), sure_on < day - STALE_AFTER
    )


async def locked_with_stale(session: AsyncSession, day: date, count: int) -> Sequence[Body]:
    """Lock some open bodies with appointments that became stale, passing over those that others locked."""
    theirs = exists().where(Appointment.body_id == Body.id, not_sure_since(day))
    wanted = select(Body).where(is_open_on(day), theirs).order_by(Body.id).limit(count)
    locking = wanted.with_for_update(skip_locked=True, key_share=True).execution_options(
        populate_existing=True
    )
    return (await session.scalars(locking)).all()


async def stale_of(session: AsyncSession, ids: Collection[UUID], day: date) -> Sequence[Appointment]:
    """Return the appointments of locked bodies that became stale and were not told of."""
    wanted = select(Appointment).where(Appointment.body_id.in_(ids), not_sure_since(day))
    return (await session.scalars(wanted.order_by(Appointment.body_id, Appointment.id))).all()
