"""How much is known of the doors of footprints, as numbers and as a list of what to ask for."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.appointments import queries as appointments
from services.registry.appointments import telling
from services.registry.bodies import domain as bodies
from services.registry.bodies.schemas import body_named
from services.registry.completeness import queries
from services.registry.completeness.items import COUNTS, ITEMS, WEIGHTS, Item
from services.registry.completeness.schemas import (
    Asked,
    Completeness,
    CompletenessDetail,
    ItemCount,
    ItemState,
    State,
)
from services.registry.contacts import queries as contacts
from services.registry.contacts.domain import freshness_of, sure_of
from services.registry.doors.domain import is_in_doubt, is_named
from services.registry.footprints.queries import footprints_on
from services.registry.ledger.views import BodyOnDay, View
from services.registry.lineage.domain import lineage_of
from services.registry.models import Appointment, Contact

# The best that is known of an item counts.
BEST: tuple[State, ...] = ("fresh", "known", "ageing", "doubtful", "stale", "missing")
TO_ASK = frozenset(["doubtful", "stale", "missing"])


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that is known of an item, how well, and since when."""

    state: State
    on: date | None = None
    text: str | None = None

    def rank(self) -> tuple[int, int]:
        """Return a number that is lower for what is known better, or later."""
        return BEST.index(self.state), -(self.on or date.min).toordinal()


MISSING = Found("missing")


@dataclass(frozen=True, slots=True)
class Known:
    """All that is known of some bodies by a day."""

    day: date
    held: Mapping[UUID, Sequence[Appointment]]
    doors: Mapping[UUID, Sequence[Contact]]
    around: Collection[tuple[UUID, str]]

    def best(self, item: Item, body_id: UUID) -> Found:
        """Return the best that is known of an item of a body."""
        found = [*self.people(item, body_id), *self.ways(item, body_id)]
        if item.body and (body_id, item.body) in self.around:
            found.append(Found("known"))
        return min(found, key=Found.rank, default=MISSING)

    def people(self, item: Item, body_id: UUID) -> list[Found]:
        """Return who is known to hold a role that an item asks for."""
        return [
            Found(state_of_holder(each, self.day), sure_on(each), f"{holder(each)}, {each.role}")
            for each in self.held.get(body_id, ())
            if is_named(each) and any(word in each.role.lower() for word in item.roles)
        ]

    def ways(self, item: Item, body_id: UUID) -> list[Found]:
        """Return the doors that an item asks for."""
        return [
            Found(
                state_of_door(each, self.day),
                sure_of(each, self.day),
                f"{each.channel}: {each.value}",
            )
            for each in self.doors.get(body_id, ())
            if is_asked(item, each)
        ]


def holder(appointment: Appointment) -> str:
    """Return who holds a role, in the source's own words where it has some."""
    return appointment.as_published or appointment.holder or ""


def sure_on(appointment: Appointment) -> date:
    """Return the day on which somebody was last sure of an appointment."""
    return max(appointment.known_on, appointment.confirmed_on or date.min)


def state_of_holder(appointment: Appointment, day: date) -> State:
    """Return how well it is known who holds a role: an end makes it history."""
    return telling.freshness_of(appointment, day) if telling.is_current(appointment, day) else "stale"


def state_of_door(contact: Contact, day: date) -> State:
    """Return how well a door is known."""
    state = freshness_of(contact, day)
    return "doubtful" if state != "stale" and is_in_doubt(contact, day) else state


def is_asked(item: Item, contact: Contact) -> bool:
    """Tell whether an item asks for such a door."""
    if item.purpose:
        return contact.purpose == item.purpose
    return contact.channel == item.channel or (item.accessible and bool(contact.accessible))


async def known_of(session: AsyncSession, ids: Collection[UUID], day: date) -> Known:
    """Return what is known of bodies by a day."""
    held: dict[UUID, list[Appointment]] = defaultdict(list)
    for appointment in await appointments.known(session, ids, View(day)):
        held[appointment.body_id].append(appointment)
    doors: dict[UUID, list[Contact]] = defaultdict(list)
    for door in await contacts.known(session, ids, View(day)):
        doors[door.body_id].append(door)
    return Known(day, held, doors, await queries.bodies_around(session, ids, day))


def states(known: Known, body_id: UUID) -> list[ItemState]:
    """Return how well each item is known of a footprint."""
    found = [(item, known.best(item, body_id)) for item in ITEMS]
    return [
        ItemState(item=item.name, weight=item.weight, state=best.state, last_known_on=best.on)
        for item, best in found
    ]


def score(items: Sequence[ItemState]) -> float:
    """Return how much is known, from 0 to 1."""
    return round(sum(each.weight * COUNTS[each.state] for each in items) / WEIGHTS, 3)


async def completeness(session: AsyncSession, ref: str, day: date) -> CompletenessDetail:
    """Return how much is known of a footprint; its predecessors tell what was known last."""
    row = await bodies.find_body(session, ref, View(day), "footprint")
    lineage = await lineage_of(session, row.id, View(day))
    before = {each.edition.id: each.edition.name for each in lineage if each.relation != "successor"}
    known = await known_of(session, {row.id, *before}, day)
    items = states(known, row.id)
    return CompletenessDetail(
        footprint=body_named(row),
        as_of=day,
        score=score(items),
        items=items,
        ask_for=asked(known, row.id, before, items),
    )


def asked(known: Known, body_id: UUID, names: Mapping[UUID, str], items: Sequence[ItemState]) -> list[Asked]:
    """Return what to ask for, what weighs most first, with what was known last."""
    found = []
    for item, state in zip(ITEMS, items, strict=True):
        if state.state in TO_ASK:
            last, of = last_known(known, item, names)
            found.append(
                Asked(
                    what=item.name,
                    why=item.why,
                    last_known=f"{last.text} ({of})" if last.text else None,
                    last_known_on=last.on,
                    suggest_at=f"/v1/footprints/{body_id}/suggestions",
                    suggest=item.suggestion(),
                )
            )
    return found


def last_known(known: Known, item: Item, names: Mapping[UUID, str]) -> tuple[Found, str | None]:
    """Return what was known last of an item, and of which body: its own, or a predecessor."""
    found = [
        (each, name)
        for of, name in names.items()
        for each in (*known.people(item, of), *known.ways(item, of))
    ]
    return max(found, key=lambda pair: pair[0].on or date.min, default=(MISSING, None))


def told(row: BodyOnDay, items: list[ItemState]) -> Completeness:
    """Return how much is known of one of many footprints."""
    return Completeness(footprint=body_named(row), score=score(items), items=items)


async def every(session: AsyncSession, day: date) -> dict[UUID, list[ItemState]]:
    """Return how well each item is known of each footprint that was open on a day."""
    ids = (await session.scalars(footprints_on(View(day)))).all()
    known = await known_of(session, ids, day)
    return {each: states(known, each) for each in ids}


def overall(found: Mapping[UUID, Sequence[ItemState]]) -> dict[str, Any]:
    """Return how much is known of all footprints together."""
    scores = [score(items) for items in found.values()]
    mean = round(sum(scores) / len(scores), 3) if scores else 0.0
    return {"footprints": len(scores), "score": mean, "by_item": counted(found.values())}


def counted(every: Collection[Sequence[ItemState]]) -> list[ItemCount]:
    """Return of how many footprints each item is known."""
    found = []
    for place, item in enumerate(ITEMS):
        by_state = Counter(items[place].state for items in every)
        have = sum(count for state, count in by_state.items() if state not in TO_ASK)
        share = round(have / len(every), 3) if every else 0.0
        found.append(
            ItemCount(item=item.name, weight=item.weight, have=have, share=share, states=dict(by_state))
        )
    return found
