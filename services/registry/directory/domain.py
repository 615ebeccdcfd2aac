"""The directory: bodies with their leaders and contacts, as many as there are.

It is read in pieces, each in a session of its own. So a slow reader holds no connection, a reader who leaves
ends only the reading, and memory holds one piece.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from services.registry.appointments import queries as appointments
from services.registry.bodies import queries as body_queries
from services.registry.bodies.domain import identify_footprint
from services.registry.bodies.restated import by_body
from services.registry.contacts import queries as contacts
from services.registry.contacts.domain import freshness_of
from services.registry.directory import queries
from services.registry.directory.queries import Selection
from services.registry.known.domain import current_leaders
from services.registry.ledger.publishing import newest_position
from services.registry.ledger.views import BodyOnDay, View
from services.registry.models import Appointment, Contact
from shared.clock import today

PIECE = 200


@dataclass(frozen=True, slots=True)
class Entry:
    """A body as it was on a day, with its footprint, its leaders and its contacts."""

    body: BodyOnDay
    footprint: BodyOnDay | None
    leaders: Sequence[Appointment]
    contacts: Sequence[Contact]
    day: date


async def select_directory(
    session: AsyncSession, day: date, kinds: Sequence[str], footprint: str | None
) -> Selection:
    """What a request asks for."""
    home = await identify_footprint(session, footprint, View(day), "/query/footprint")
    tag = f'"{await newest_position(session)}-{day}-{today()}"'
    return Selection(day, tuple(kinds), home, tag)


async def read_entries(
    sessions: async_sessionmaker[AsyncSession], selection: Selection
) -> AsyncIterator[list[Entry]]:
    """Yield the entries of the directory, 200 at a time."""
    last: UUID | None = None
    while True:
        async with sessions() as session:
            found = await read_piece(session, selection, last)
        if found:
            yield found
            last = found[-1].body.id
        if len(found) < PIECE:
            return


async def read_piece(session: AsyncSession, selection: Selection, after: UUID | None) -> list[Entry]:
    """The entries that follow a body, by five statements, however many they are."""
    ids = await queries.next_ids(session, selection, after, PIECE)
    if not ids:
        return []
    view = View(selection.day)
    bodies, homes = await body_queries.bodies_with_homes(session, ids, view)
    appointed = by_body(await appointments.appointments_of(session, ids, view))
    reached = by_body(await contacts.contacts_of(session, ids, view))
    return [
        Entry(
            body=bodies[each],
            footprint=homes.get(each),
            leaders=current_leaders(appointed.get(each, []), view.as_of),
            contacts=[way for way in reached.get(each, []) if is_listed(bodies[each], way, view.as_of)],
            day=view.as_of,
        )
        for each in ids
    ]


def is_listed(body: BodyOnDay, contact: Contact, day: date) -> bool:
    """Whether the directory has a contact: a stale one of a footprint is history."""
    return not body.is_footprint or freshness_of(contact, day, body.valid_to) != "stale"
