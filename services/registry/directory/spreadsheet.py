"""The directory as CSV (RFC 4180): a row for each door, and one for each body without any."""

import csv
import io
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

from services.registry.contacts.domain import freshness_of
from services.registry.directory.domain import Entry
from services.registry.models import Appointment, Contact

COLUMNS = (
    "id", "kind", "name", "ods", "ons", "valid_from", "valid_to", "edition", "region", "residents",
    "demonstration", "footprint_id", "footprint_ods", "footprint", "leader_role", "leader_status", "leader",
    "leader_known_on", "leader_source", "contact_id", "channel", "value", "purpose", "accessible", "hours",
    "freshness", "known_on", "verified_on", "source", "as_of",
)  # fmt: skip
NO_DOOR = [""] * 10
# What a spreadsheet would take for a formula, and the apostrophe that marks what is none (OWASP).
SUSPECT = tuple("=+-@\t\r\n＝＋－＠'")


async def spreadsheet(pieces: AsyncIterator[list[Entry]]) -> AsyncIterator[bytes]:
    """Yield the lines of the directory, the names of the columns first."""
    yield lines([COLUMNS])
    async for entries in pieces:
        yield lines([row for entry in entries for row in rows_of(entry)])


def lines(rows: Sequence[Sequence[Any]]) -> bytes:
    """Return rows as lines of CSV in UTF-8."""
    out = io.StringIO()
    csv.writer(out).writerows([harmless(cell) for cell in row] for row in rows)
    return out.getvalue().encode()


def harmless(cell: Any) -> str:
    """Return a cell that no spreadsheet takes for a formula: with an apostrophe before what it could."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(SUSPECT) else text


def rows_of(entry: Entry) -> Iterator[list[Any]]:
    """Yield the rows of a body: one for each of its doors."""
    of_body = [*body_cells(entry), *leader_cells(entry.leaders)]
    of_doors = [door_cells(door, entry) for door in entry.doors] or [NO_DOOR]
    yield from ([*of_body, *cells, entry.day] for cells in of_doors)


def body_cells(entry: Entry) -> list[Any]:
    """Return what is said of a body and its footprint."""
    body, home = entry.body, entry.footprint
    return [
        body.id, body.kind, body.name, body.ods, body.ons, body.valid_from, body.valid_to, body.edition,
        body.region, body.residents, "true" if body.demonstration else "false",
        *((home.id, home.ods, home.name) if home else ("", "", "")),
    ]  # fmt: skip


def leader_cells(leaders: Sequence[Appointment]) -> list[Any]:
    """Return who leads a body; several stand in the same order in each cell."""
    told = [
        (each.role, each.status, each.holder or each.as_published or "", str(each.known_on), each.source)
        for each in leaders
    ]
    return ["; ".join(cells) for cells in zip(*told, strict=True)] if told else [""] * 5


def door_cells(door: Contact, entry: Entry) -> list[Any]:
    """Return what is said of a door."""
    return [
        door.id, door.channel, door.value, door.purpose, " ".join(door.accessible), door.hours,
        freshness_of(door, entry.day), door.known_on, door.verified_on, door.source,
    ]  # fmt: skip
