"""Appointments as readers see them on a day."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.appointments.queries import STALE_AFTER
from services.registry.appointments.schemas import AppointmentOut, Other
from services.registry.bodies.queries import bodies_on
from services.registry.bodies.restated import Freshness, freshness
from services.registry.ledger.views import View
from services.registry.models import Appointment
from shared.clock import today


def freshness_of(appointment: Appointment, day: date) -> Freshness:
    """How fresh an appointment was on a day, by when somebody last verified it."""
    sure_on = [appointment.known_on, appointment.confirmed_on]
    if appointment.held_to and appointment.held_to <= today():
        # Until an end that has come it is sure.
        sure_on.append(appointment.held_to)
    return freshness(max(each for each in sure_on if each), day, STALE_AFTER)


def is_current(appointment: Appointment, day: date, closed_on: date | None = None) -> bool:
    """Whether an appointment is taken for true on a day: it is held then, in an open body, not stale."""
    if closed_on and closed_on < day:
        return False
    is_held = (appointment.held_from or day) <= day <= (appointment.held_to or day)
    return is_held and freshness_of(appointment, day) != "stale"


def is_named(appointment: Appointment) -> bool:
    """Whether an appointment says who it is."""
    return bool(appointment.holder or appointment.as_published)


async def appointment_views(
    session: AsyncSession, appointments: Sequence[Appointment], view: View, closed_on: date | None = None
) -> list[AppointmentOut]:
    """Appointments of a body on a day, in the same order."""
    others = {other for each in appointments for other in each.shared_with or ()}
    names = await bodies_on(session, others, view) if others else {}
    return [
        AppointmentOut.model_validate(
            {
                **vars(each),
                "id": each.earlier_form_of or each.id,
                "shared_with": [
                    Other(id=other, name=names[other].name) for other in each.shared_with if other in names
                ],
                "is_current": is_current(each, view.as_of, closed_on),
                "freshness": freshness_of(each, view.as_of),
            }
        )
        for each in appointments
    ]
