"""The directory: bodies with who leads them and how to reach them, as many as there are.

It is read in pieces, each in a session of its own: a reader that is slow holds no connection, one that leaves
ends nothing but the reading, and memory holds one piece.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from services.registry.appointments import queries as appointments
from services.registry.bodies import queries as body_queries
from services.registry.contacts import queries as contacts
from services.registry.contacts.domain import freshness_of
from services.registry.directory import queries
from services.registry.directory.queries import Wanted
from services.registry.doors.domain import current_leaders
from services.registry.ledger.publishing import newest_position
from services.registry.ledger.views import View
from services.registry.models import Appointment, Contact
from services.registry.organisations.domain import identify_footprint
from shared.clock import today

AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Entry:
    """A body as it was on a day, with its footprint, its leaders and its doors."""

    body: Any
    footprint: Any
    leaders: Sequence[Appointment]
    doors: Sequence[Contact]
    day: date


async def asked(
    session: AsyncSession, day: date, kinds: Sequence[str], footprint: str | None
) -> tuple[Wanted, str]:
    """Return what is asked for, and its tag: another one whenever anything that is public changed.

    What is current depends on today as well, whatever day is asked about.
    """
    home = await identify_footprint(session, footprint, View(day), "/query/footprint")
    return Wanted(day, tuple(kinds), home), f'"{await newest_position(session)}-{day}-{today()}"'


async def entries(sessions: async_sessionmaker[AsyncSession], wanted: Wanted) -> AsyncIterator[list[Entry]]:
    """Yield the entries of the directory, some hundred at a time."""
    last: UUID | None = None
    while True:
        async with sessions() as session:
            found = await piece(session, wanted, last)
        if found:
            yield found
            last = found[-1].body.id
        if len(found) < AT_ONCE:
            return


async def piece(session: AsyncSession, wanted: Wanted, after: UUID | None) -> list[Entry]:
    """Return the entries that follow one: five statements, however many they are."""
    ids = await queries.some(session, wanted, after, AT_ONCE)
    if not ids:
        return []
    homes = await body_queries.footprints_of(session, ids, View(wanted.day))
    rows = await body_queries.bodies_on(session, {*ids, *homes.values()}, View(wanted.day))
    held = by_body(await appointments.known(session, ids, View(wanted.day)))
    doors = by_body(await contacts.known(session, ids, View(wanted.day)))
    return [
        Entry(
            body=rows[each],
            footprint=rows[each] if rows[each].is_footprint else rows.get(homes.get(each, each)),
            leaders=current_leaders(held[each], wanted.day),
            doors=[door for door in doors[each] if is_listed(rows[each], door, wanted.day)],
            day=wanted.day,
        )
        for each in ids
    ]


def by_body(found: Sequence[Any]) -> dict[UUID, list[Any]]:
    """Return what is known by the body that it is known of."""
    kept: dict[UUID, list[Any]] = defaultdict(list)
    for each in found:
        kept[each.body_id].append(each)
    return kept


def is_listed(body: Any, door: Contact, day: date) -> bool:
    """Tell whether a door stands in the directory: of a footprint, what is known too long is history."""
    return not body.is_footprint or freshness_of(door, day) != "stale"
