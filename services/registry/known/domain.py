"""Who leads a footprint and how to reach it today; and where that is not known, what was known last.

What nobody verified for too long never counts as current: it is only the last that was known.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.appointments.domain import appointment_views, is_current, is_named
from services.registry.appointments.queries import appointments_of
from services.registry.appointments.schemas import AppointmentOut
from services.registry.contacts.domain import freshness_of, is_in_doubt
from services.registry.contacts.queries import contacts_of
from services.registry.imports.leaders import NO_DAY
from services.registry.known.schemas import NotKnown, TryInstead
from services.registry.ledger.views import BodyOnDay, View
from services.registry.lineage.schemas import LineageEntry
from services.registry.models import Appointment, Contact

LATER = "The register is of {day}: whether it is still so is not known."
LATER_BY_HAND = "A steward said so on {day}: whether it is still so is not known."
EARLIER = "The register begins on {day}: what is shown of days before it may be of later."
RENAMED = "It was renamed from {old} to {new} between {first} and {last}: its name on this day is not known."
UNDATED = "It is not known of which day the register is."
F = TypeVar("F", Appointment, Contact)
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
# Of two contacts that were known on the same day, the one that a person would try first.
CHANNELS = ("email", "phone", "form", "web", "post", "in_person", "textphone", "relay")


@dataclass(frozen=True, slots=True)
class LeadersAndContacts:
    """Leaders and contacts that are current, and what is not known."""

    leaders: list[AppointmentOut]
    contacts: list[Contact]
    not_known: list[NotKnown]


async def leaders_and_contacts(
    session: AsyncSession,
    body_id: UUID,
    lineage: Sequence[LineageEntry],
    view: View,
    instead: Sequence[TryInstead] = (),
) -> LeadersAndContacts:
    """Who leads a footprint on a day and how to reach it; its predecessors show what was known last."""
    names = {each.id: each.name for each in lineage if each.relation != "successor"}
    held = await appointments_of(session, list(names), view)
    contacts = await contacts_of(session, list(names), view)
    day = view.as_of
    ends = [each.valid_to for each in lineage if each.id == body_id]
    closed_on = max((each for each in ends if each), default=None) if None not in ends else None
    leaders = current_leaders([each for each in held if each.body_id == body_id], day, closed_on)
    own = [each for each in contacts if each.body_id == body_id]
    current = [each for each in own if freshness_of(each, day, closed_on) != "stale"]
    not_known = []
    if not any(is_named(each) for each in leaders):
        named = [each for each in held if is_named(each)]
        not_known.append(no_leader(nearest_first(named, lineage), names, instead))
    if all(is_in_doubt(each, day) for each in current):
        not_known.append(no_contact(nearest_first(contacts, lineage), names, instead))
    return LeadersAndContacts(await appointment_views(session, leaders, view), current, not_known)


def nearest_first(facts: Sequence[F], lineage: Sequence[LineageEntry]) -> list[F]:
    """The latest known first; of the same day the body's own, then those of whom it has the most of."""
    of_whom = {each.id: (False, each.share, each.residents or 0) for each in lineage}
    of_whom |= {each.id: (True, 1.0, 0) for each in lineage if each.relation == "this"}
    return sorted(facts, key=lambda each: (each.known_on, of_whom[each.body_id]), reverse=True)


def current_leaders(
    held: Sequence[Appointment], day: date, closed_on: date | None = None
) -> list[Appointment]:
    """Who is taken to hold each role; of what was imported, only what was said last."""
    latest = {each.role: each.known_on for each in reversed(held) if each.imported}
    return [
        each
        for each in held
        if is_current(each, day, closed_on) and (not each.imported or each.known_on == latest[each.role])
    ]


def gaps_of_sources(body: BodyOnDay, view: View) -> list[NotKnown]:
    """What the sources of a body do not say of a day: its name, and what is before or after its register."""
    return [*gaps_of_name(body), *gaps_of_register(body, view)]


def gaps_of_name(body: BodyOnDay) -> list[NotKnown]:
    """Which of two names a body had, on a day between those on which the one and the other is known."""
    first, last = body.renamed_not_before, body.renamed_by
    if first is None or last is None:
        return []
    days = {"first": in_words(first), "last": in_words(last)}
    why = RENAMED.format(old=body.name, new=body.next_name, **days)
    known_on = first - timedelta(days=1)
    return [NotKnown(what="name", why=why, last_known=body.name, last_known_on=known_on, try_instead=[])]


def gaps_of_register(body: BodyOnDay, view: View) -> list[NotKnown]:
    """What the register of a body does not say of a day; of one that had closed nothing changes any more."""
    register, day = body.register, view.as_of
    found: list[tuple[Literal["later", "earlier"], str, date | None]] = []
    if register.as_of is None and not view.is_of_earlier_words:
        found.append(("later", UNDATED, None))
    elif register.as_of and register.as_of < day and not body.is_closed_by(day):
        words = LATER if register.file else LATER_BY_HAND
        found.append(("later", words.format(day=in_words(register.as_of)), register.as_of))
    if register.covers_from and day < register.covers_from:
        found.append(("earlier", EARLIER.format(day=in_words(register.covers_from)), None))
    return [
        NotKnown(what=what, why=why, last_known=None, last_known_on=known_on, try_instead=[])
        for what, why, known_on in found
    ]


def in_words(day: date) -> str:
    """A day as people write it."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def no_leader(held: Sequence[Appointment], names: dict[UUID, str], instead: Sequence[TryInstead]) -> NotKnown:
    """That no leader is known, with who was the last one known."""
    gap = NotKnown(what="leader", last_known=None, last_known_on=None, try_instead=list(instead))
    if held:
        last = held[0]
        doubt = next((each for each in (last.note or "").split("; ") if each.startswith(NO_DAY)), None)
        who = f"{last.as_published or last.holder}, {last.role} of {names[last.body_id]}"
        gap.last_known = f"{who} ({doubt})" if doubt else who
        gap.last_known_on = last.known_on
    return gap


def no_contact(
    contacts: Sequence[Contact], names: dict[UUID, str], instead: Sequence[TryInstead]
) -> NotKnown:
    """That no contact is known, with the last one known, which may lead nowhere."""
    gap = NotKnown(what="contact", last_known=None, last_known_on=None, try_instead=list(instead))
    if contacts:
        last = min(contacts, key=lambda each: (-each.known_on.toordinal(), CHANNELS.index(each.channel)))
        gap.last_known = f"{last.channel}: {last.value} ({names[last.body_id]})"
        gap.last_known_on = last.known_on
    return gap
