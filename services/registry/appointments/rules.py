"""What must fit together about an appointment, and how what does not is refused."""

from collections.abc import Sequence
from datetime import date

from services.registry.contacts.values import is_published
from services.registry.models import Appointment, Body
from shared.errors import Conflict, FieldError, Problem

# Nobody holds the role: such a row gives way by itself to whoever comes.
NOBODY = frozenset({"vacant", "not_announced"})


class Unsound(Problem):
    """What is said of an appointment does not fit together: see `errors`."""

    status = 422


class HolderNotAllowed(Unsound):
    """A vacancy has no holder, nor has a role for which nobody was announced: leave the holder out."""


class HolderRequired(Unsound):
    """Somebody holds a role that is confirmed or interim: say who, or use `not_announced`."""


class SharedWithRequired(Unsound):
    """A role that is shared is shared with other bodies: name them in `shared_with`."""


class EndsBeforeItBegins(Unsound):
    """An appointment ends on the day on which it began, or later: check both days."""


class OutsideTheBodysTime(Unsound):
    """A role of a body is held between its opening and its closing: check the days of both."""


class PublicationRequired(Unsound):
    """Anyone you name must already be named publicly: give the https page as `source`."""


class RoleHeld(Conflict):
    """Somebody holds this role then: send `ends_present` true to end that on the day before, or false when
    both hold it."""

    def __init__(self, detail: str | None, holders: Sequence[Appointment]) -> None:
        errors = [FieldError(pointer="/ends_present", detail=f"{in_few_words(each)}.") for each in holders]
        super().__init__(detail, errors=errors)


class AlreadyEnded(Conflict):
    """This appointment has ended: correct it, if it has not."""


class ConfirmedLater(Conflict):
    """It was confirmed on a later day already: there is nothing to do."""


# All that can be wrong with what an appointment says.
UNSOUND = (
    HolderNotAllowed,
    HolderRequired,
    SharedWithRequired,
    EndsBeforeItBegins,
    OutsideTheBodysTime,
    PublicationRequired,
)


def must_be_sound(held: Appointment, body: Body) -> None:
    """Refuse a holding that contradicts itself, or that reaches beyond the days on which its body was open.

    A holder may be known in the source's words alone.
    """
    if held.status in NOBODY and held.holder:
        raise HolderNotAllowed.at("/holder")
    if held.status in ("confirmed", "interim") and not (held.holder or held.as_published):
        raise HolderRequired.at("/holder")
    if held.status == "shared" and not held.shared_with:
        raise SharedWithRequired.at("/shared_with")
    if held.held_from and held.held_to and held.held_to < held.held_from:
        raise EndsBeforeItBegins.at("/held_to")
    opened, closed = body.opened_on or date.min, body.closed_on or date.max
    if any(not opened <= each <= closed for each in (held.held_from, held.held_to) if each):
        raise OutsideTheBodysTime.at("/held_from")


def must_be_published(holder: str | None, source: str) -> None:
    """Refuse to name somebody whom no address names."""
    if holder and not is_published(source):
        raise PublicationRequired.at("/source")


def to_be_ended(present: Sequence[Appointment], begins: date, ends_present: bool | None) -> list[Appointment]:
    """Whom a new holder ends; RoleHeld unless it is clear that it may.

    A vacancy ends by itself. What began on the same day or later must be corrected first.
    """
    if ends_present is False:
        return []
    if ends_present is None and (holders := [each for each in present if each.status not in NOBODY]):
        raise RoleHeld(None, holders)
    if late := [each for each in present if (each.held_from or each.known_on) >= begins]:
        detail = "What is said of this role begins on the same day or later: correct or end that first."
        raise RoleHeld(detail, late)
    return list(present)


def in_few_words(appointment: Appointment) -> str:
    """An appointment in a few words."""
    since = f" since {appointment.held_from}" if appointment.held_from else ""
    who = appointment.holder or appointment.as_published or appointment.status.replace("_", " ")
    return f"{who}{since}, /v1/appointments/{appointment.id}"
