"""What has to fit together about an appointment."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from services.registry.appointments.errors import (
    EndsBeforeItBegins,
    HolderNotAllowed,
    HolderRequired,
    OutsideTheBodysTime,
    PublicationRequired,
    RoleHeld,
    SharedWithRequired,
)
from services.registry.appointments.schemas import Held
from services.registry.contacts.values import is_published
from services.registry.models import Appointment, Body

# Nobody holds the role: such a row gives way by itself to whoever comes.
NOBODY = frozenset({"vacant", "not_announced"})


def held_as(row: Appointment, values: Mapping[str, Any]) -> Held:
    """Return a holding as it would be with other values; what an import wrote is taken as it is."""
    return Held.model_construct(**{name: getattr(row, name) for name in Held.model_fields} | dict(values))


def must_be_sound(held: Held, shared_with: Collection[object], as_published: str | None = None) -> None:
    """Refuse a holding that contradicts itself; a holder may be known in its source's words alone."""
    if held.status in NOBODY and held.holder:
        raise HolderNotAllowed
    if held.status in ("confirmed", "interim") and not (held.holder or as_published):
        raise HolderRequired
    if held.status == "shared" and not shared_with:
        raise SharedWithRequired
    if held.held_from and held.held_to and held.held_to < held.held_from:
        raise EndsBeforeItBegins


def must_lie_within(held: Held, body: Body) -> None:
    """Refuse a holding from before the body opened or after it closed."""
    days = [each for each in (held.held_from, held.held_to) if each]
    opened, closed = body.opened_on or date.min, body.closed_on or date.max
    if any(each < opened or each > closed for each in days):
        raise OutsideTheBodysTime


def must_be_published(holder: str | None, source: str) -> None:
    """Refuse to name somebody whom no address names."""
    if holder and not is_published(source):
        raise PublicationRequired


def to_be_ended(present: Sequence[Appointment], begins: date, ends_present: bool | None) -> list[Appointment]:
    """Return whom a new holder ends; RoleHeld unless it is clear that it may.

    A vacancy ends by itself. What began on the same day or later has to be corrected first.
    """
    if ends_present is False:
        return []
    if ends_present is None and (somebody := [each for each in present if each.status not in NOBODY]):
        raise RoleHeld(None, [f"{named(each)}." for each in somebody])
    if late := [each for each in present if (each.held_from or each.known_on) >= begins]:
        detail = "What is said of this role begins on the same day or later: correct or end that first."
        raise RoleHeld(detail, [f"{named(each)}." for each in late])
    return list(present)


def named(appointment: Appointment) -> str:
    """Return an appointment in a few words."""
    since = f" since {appointment.held_from}" if appointment.held_from else ""
    who = appointment.holder or appointment.as_published or appointment.status.replace("_", " ")
    return f"{who}{since}, /v1/appointments/{appointment.id}"
