"""Who leads a footprint and how to reach it today; and where that is not known, what was known last.

What nobody has made sure of for too long is never taken for current: it is only the last that was known.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.appointments import queries as appointments
from services.registry.appointments.schemas import AppointmentOut
from services.registry.appointments.telling import appointment_views, is_current
from services.registry.contacts import queries as contacts
from services.registry.contacts.domain import freshness_of
from services.registry.doors.schemas import NotKnown, TryInstead
from services.registry.ledger.views import View
from services.registry.lineage.schemas import LineageEntry
from services.registry.models import Appointment, Contact

# Of two doors that were known on the same day, the one that a person would try first.
CHANNELS = ("email", "phone", "form", "web", "post", "in_person", "textphone", "relay")

Fact = TypeVar("Fact", Appointment, Contact)


@dataclass(frozen=True, slots=True)
class Doors:
    """Leaders and contacts that are current, and what is not known."""

    leaders: list[AppointmentOut]
    contacts: list[Contact]
    not_known: list[NotKnown]


async def doors_of(
    session: AsyncSession,
    body_id: UUID,
    lineage: Sequence[LineageEntry],
    view: View,
    instead: Sequence[TryInstead] = (),
) -> Doors:
    """Return the doors of a footprint on a day; its predecessors tell what was known last."""
    names = {each.id: each.name for each in lineage if each.relation != "successor"}
    held = await appointments.appointments_of(session, list(names), view)
    doors = await contacts.contacts_of(session, list(names), view)
    day = view.as_of
    ends = [each.valid_to for each in lineage if each.id == body_id]
    closed_on = max((each for each in ends if each), default=None) if None not in ends else None
    leaders = current_leaders([each for each in held if each.body_id == body_id], day, closed_on)
    current = [each for each in doors if each.body_id == body_id and freshness_of(each, day) != "stale"]
    not_known = []
    if not any(is_named(each) for each in leaders):
        not_known.append(no_leader([each for each in held if is_named(each)], names, instead))
    if all(is_in_doubt(each, day) for each in current):
        not_known.append(no_contact(doors, names, instead))
    return Doors(await appointment_views(session, leaders, view), current, not_known)


def by_body(facts: Iterable[Fact]) -> dict[UUID, list[Fact]]:
    """Facts by the body that they are about, in the same order."""
    found: dict[UUID, list[Fact]] = defaultdict(list)
    for fact in facts:
        found[fact.body_id].append(fact)
    return found


def is_in_doubt(contact: Contact, day: date) -> bool:
    """Tell whether words sent to a door had come back by a day, and nobody has made sure of it since."""
    return contact.doubtful_since is not None and contact.doubtful_since <= day


def is_named(appointment: Appointment) -> bool:
    """Tell whether an appointment says who it is."""
    return bool(appointment.holder or appointment.as_published)


def current_leaders(
    held: Sequence[Appointment], day: date, closed_on: date | None = None
) -> list[Appointment]:
    """Return who is taken to hold each role; of what was imported, only what was said last."""
    latest = {each.role: each.known_on for each in reversed(held) if each.imported}
    return [
        each
        for each in held
        if is_current(each, day, closed_on) and (not each.imported or each.known_on == latest[each.role])
    ]


def no_leader(held: Sequence[Appointment], names: dict[UUID, str], instead: Sequence[TryInstead]) -> NotKnown:
    """Return that no leader is known, with who was the last one known."""
    if not held:
        return NotKnown(what="leader", last_known=None, last_known_on=None, try_instead=list(instead))
    last = held[0]
    said = f"{last.as_published or last.holder}, {last.role} of {names[last.body_id]}"
    return NotKnown(what="leader", last_known=said, last_known_on=last.known_on, try_instead=list(instead))


def no_contact(doors: Sequence[Contact], names: dict[UUID, str], instead: Sequence[TryInstead]) -> NotKnown:
    """Return that no door is known, with the last one known, which may lead nowhere."""
    if not doors:
        return NotKnown(what="contact", last_known=None, last_known_on=None, try_instead=list(instead))
    last = min(doors, key=lambda each: (-each.known_on.toordinal(), CHANNELS.index(each.channel)))
    said = f"{last.channel}: {last.value} ({names[last.body_id]})"
    return NotKnown(what="contact", last_known=said, last_known_on=last.known_on, try_instead=list(instead))
