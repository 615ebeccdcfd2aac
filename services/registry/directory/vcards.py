"""The directory as vCards (RFC 6350): one for each body, with its doors."""

import re
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import quote

from services.registry.contacts.domain import freshness_of
from services.registry.directory.domain import Entry
from services.registry.models import Appointment, Contact

OCTETS = 75
BREAK = re.compile(r"\r\n|\r|\n")
NOT_IN_TEXT = re.compile("[\0-\x08\x0b-\x1f\x7f]")
IN_ADDRESSES = "%/:=&?~#+!$,;'@()*[]"
TELEPHONES = {"phone": "voice", "relay": "voice", "textphone": "textphone"}


async def vcards(pieces: AsyncIterator[list[Entry]]) -> AsyncIterator[bytes]:
    """Yield the cards of the directory."""
    async for entries in pieces:
        yield b"".join(card(entry) for entry in entries)


def card(entry: Entry) -> bytes:
    """Return the card of a body."""
    return b"".join(folded(f"{name}:{value}") for name, value in properties(entry))


def properties(entry: Entry) -> Iterator[tuple[str, str]]:
    """Yield the properties of a card, each with its value as it is written."""
    body = entry.body
    yield from (("BEGIN", "VCARD"), ("VERSION", "4.0"), ("PRODID", "-//Doorway//Directory//EN"))
    yield from (("KIND", "org"), ("UID", f"urn:uuid:{body.id}"))
    yield from (("FN", escaped(body.name)), ("ORG", escaped(body.name)), ("CATEGORIES", escaped(body.kind)))
    yield from ((f"X-DOORWAY-{scheme.upper()}", escaped(code)) for scheme, code in codes(body))
    for door in entry.doors:
        yield reached_by(door)
    yield from (("NOTE", escaped(note)) for note in notes(entry))
    yield "END", "VCARD"


def codes(body: Any) -> Iterator[tuple[str, str]]:
    """Yield the codes of a body that are known."""
    yield from ((scheme, code) for scheme, code in (("ods", body.ods), ("ons", body.ons)) if code)


def reached_by(door: Contact) -> tuple[str, str]:
    """Return a door as a property."""
    if door.channel == "email":
        return "EMAIL;TYPE=work", escaped(door.value)
    if door.channel in TELEPHONES:
        return f"TEL;TYPE=work,{TELEPHONES[door.channel]}", escaped(door.value)
    if door.channel in ("web", "form"):
        return "URL;TYPE=work", quote(door.value, safe=IN_ADDRESSES)
    return "ADR;TYPE=work", f";;{escaped(door.value)};;;;"


def notes(entry: Entry) -> Iterator[str]:
    """Yield what a reader has to know: who leads the body, and how far its doors can be trusted."""
    if entry.body.demonstration:
        yield "Invented, to show how things work."
    yield from (leader(each) for each in entry.leaders)
    for door in entry.doors:
        fresh = freshness_of(door, entry.day)
        offers = f"; {', '.join(door.accessible)}" if door.accessible else ""
        hours = f"; {door.hours}" if door.hours else ""
        sure = f"verified on {door.verified_on}" if door.verified_on else f"known on {door.known_on}"
        yield f"{door.value}: {door.purpose}{offers}{hours}; {fresh}, {sure}. Source: {door.source}"


def leader(held: Appointment) -> str:
    """Return who holds a role, in a sentence."""
    name = held.holder or held.as_published
    said = f"{name} ({held.status})" if name else held.status.replace("_", " ")
    return f"{held.role}: {said}, known on {held.known_on}. Source: {held.source}"


def escaped(text: str) -> str:
    """Return text as a value holds it; control characters that it cannot hold are replaced."""
    found = NOT_IN_TEXT.sub("\ufffd", BREAK.sub("\n", text)).replace("\\", "\\\\")
    return found.replace(",", "\\,").replace(";", "\\;").replace("\n", "\\n")


def folded(line: str) -> bytes:
    """Return a line of content in pieces of at most 75 octets; no character is cut in two."""
    out, room = bytearray(), OCTETS
    for character in line:
        octets = character.encode()
        if len(octets) > room:
            out += b"\r\n "
            room = OCTETS - 1
        out += octets
        room -= len(octets)
    return bytes(out) + b"\r\n"
