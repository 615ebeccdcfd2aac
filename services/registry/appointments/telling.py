"""Appointments as they are told: to readers on a day, and as events."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.appointments.queries import STALE_AFTER
from services.registry.appointments.schemas import (
    AppointmentDetail,
    AppointmentOut,
    AppointmentWritten,
    Freshness,
    Other,
)
from services.registry.bodies import queries as body_queries
from services.registry.ledger.views import View
from services.registry.models import Appointment, Body
from shared.clock import today
from shared.events.registry import AppointmentState

FRESH_FOR = timedelta(days=90)
OF_ROW = tuple(AppointmentOut.model_fields.keys() - {"shared_with", "is_current", "freshness"})


def freshness_of(appointment: Appointment, day: date) -> Freshness:
    """Return how fresh an appointment was on a day: by when it was last made sure of."""
    known = [appointment.known_on, appointment.confirmed_on]
    if appointment.held_to and appointment.held_to <= today():
        # Until an end that has come it is sure.
        known.append(appointment.held_to)
    age = day - max(each for each in known if each)
    if age <= FRESH_FOR:
        return "fresh"
    return "ageing" if age <= STALE_AFTER else "stale"


def is_current(appointment: Appointment, day: date, closed_on: date | None = None) -> bool:
    """Tell whether an appointment is taken for true on a day: it is held then, in an open body, not stale."""
    if closed_on and closed_on < day:
        return False
    begun = appointment.held_from is None or appointment.held_from <= day
    ended = appointment.held_to is not None and appointment.held_to < day
    return begun and not ended and freshness_of(appointment, day) != "stale"


async def appointment_views(
    session: AsyncSession, found: Sequence[Appointment], view: View, closed_on: date | None = None
) -> list[AppointmentOut]:
    """Return appointments of a body as they are told on a day, in this order."""
    others = {each for appointment in found for each in appointment.shared_with or ()}
    names = await body_queries.bodies_on(session, others, view) if others else {}
    return [
        AppointmentOut(
            **{name: getattr(each, name) for name in OF_ROW} | {"id": each.earlier_form_of or each.id},
            shared_with=[
                Other(id=other, name=names[other].name) for other in each.shared_with if other in names
            ],
            is_current=is_current(each, view.as_of, closed_on),
            freshness=freshness_of(each, view.as_of),
        )
        for each in found
    ]


async def appointment_detail(
    session: AsyncSession, appointment: Appointment, body: Body, view: View
) -> AppointmentDetail:
    """Return one appointment as it is told on a day."""
    (found,) = await appointment_views(session, [appointment], view, body.closed_on)
    return AppointmentDetail(**dict(found), as_of=view.as_of, version=body.version)


async def written(
    session: AsyncSession, body: Body, appointment: Appointment, also: Sequence[Appointment] = ()
) -> AppointmentWritten:
    """Return an appointment after a change, with what changed besides."""
    found = await appointment_detail(session, appointment, body, View(today()))
    return AppointmentWritten(
        **dict(found), also=await appointment_views(session, also, View(today()), body.closed_on)
    )


async def homes_of(session: AsyncSession, bodies: Collection[Body]) -> dict[UUID, UUID]:
    """Return the footprint of each body: a footprint is its own."""
    others = [each.id for each in bodies if not each.is_footprint]
    found = await body_queries.footprints_of(session, others, View(today())) if others else {}
    return found | {each.id: each.id for each in bodies if each.is_footprint}


def state(
    appointment: Appointment, event: type[AppointmentState], body: Body, homes: dict[UUID, UUID]
) -> AppointmentState:
    """Return the event that carries an appointment's state."""
    return event(
        organisations=(body.id,) if body.is_organisation else (),
        footprints=(homes[body.id],) if body.id in homes else (),
        body_id=body.id,
        appointment_id=appointment.id,
        role=appointment.role,
        status=appointment.status,
        shared_with=tuple(appointment.shared_with),
        held_from=appointment.held_from,
        held_to=appointment.held_to,
        known_on=appointment.known_on,
        confirmed_on=appointment.confirmed_on,
        withdrawn=appointment.superseded_at is not None,
    )
