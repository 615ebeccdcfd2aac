"""The directory as CSV (RFC 4180): a row for each contact, and one for each body without any."""

import csv
import io
from collections.abc import AsyncIterator, Iterator, Sequence

from services.registry.contacts.domain import freshness_of
from services.registry.directory.domain import Entry
from services.registry.ledger.views import BodyOnDay
from services.registry.models import Appointment, Contact

OF_BODY = ("id", "kind", "name", "ods", "ons", "valid_from", "valid_to", "edition", "region", "residents")
OF_FOOTPRINT = ("footprint_id", "footprint_ods", "footprint")
OF_LEADER = ("leader_role", "leader_status", "leader", "leader_known_on", "leader_source")
OF_CONTACT = ("contact_id", "channel", "value", "purpose", "accessible", "hours", "freshness")
OF_SOURCE = ("known_on", "verified_on", "source")
COLUMNS = (*OF_BODY, "demonstration", *OF_FOOTPRINT, *OF_LEADER, *OF_CONTACT, *OF_SOURCE, "as_of")
NO_CONTACT: list[object] = [""] * len((*OF_CONTACT, *OF_SOURCE))
# What a spreadsheet would take for a formula, and the apostrophe that marks text (OWASP).
SUSPECT = tuple("=+-@\t\r\n＝＋－＠'")


async def spreadsheet(pieces: AsyncIterator[list[Entry]]) -> AsyncIterator[bytes]:
    """Yield the lines of the directory, the names of the columns first."""
    yield lines_of([COLUMNS])
    async for entries in pieces:
        yield lines_of([row for entry in entries for row in rows_of(entry)])


def lines_of(rows: Sequence[Sequence[object]]) -> bytes:
    """Rows as lines of CSV in UTF-8."""
    out = io.StringIO()
    csv.writer(out).writerows([harmless_text(cell) for cell in row] for row in rows)
    return out.getvalue().encode()


def harmless_text(cell: object) -> str:
    """A cell as text that no spreadsheet takes for a formula: with an apostrophe before what it could."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(SUSPECT) else text


def rows_of(entry: Entry) -> Iterator[list[object]]:
    """Yield the rows of a body: one for each of its contacts."""
    of_body = [*body_cells(entry.body, entry.footprint), *leader_cells(entry.leaders)]
    of_contacts = [contact_cells(each, entry) for each in entry.contacts] or [NO_CONTACT]
    yield from ([*of_body, *cells, entry.day] for cells in of_contacts)


def body_cells(body: BodyOnDay, footprint: BodyOnDay | None) -> list[object]:
    """The cells of a body and its footprint."""
    own = [getattr(body, name) for name in OF_BODY]
    home = [footprint.id, footprint.ods, footprint.name] if footprint else [""] * len(OF_FOOTPRINT)
    return [*own, "true" if body.demonstration else "false", *home]


def leader_cells(leaders: Sequence[Appointment]) -> list[str]:
    """The cells of the leaders of a body; several stand in the same order in each cell."""
    rows = [
        (each.role, each.status, each.holder or each.as_published or "", str(each.known_on), each.source)
        for each in leaders
    ]
    return ["; ".join(cells) for cells in zip(*rows, strict=True)] if rows else [""] * len(OF_LEADER)


def contact_cells(contact: Contact, entry: Entry) -> list[object]:
    """The cells of a contact."""
    fresh = freshness_of(contact, entry.day, entry.body.valid_to)
    how = (contact.purpose, " ".join(contact.accessible), contact.hours, fresh)
    source = (contact.known_on, contact.verified_on, contact.source)
    return [contact.id, contact.channel, contact.value, *how, *source]
