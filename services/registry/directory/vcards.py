"""The directory as vCards (RFC 6350): one for each body, with its contacts."""

import re
from collections.abc import AsyncIterator, Iterator
from urllib.parse import quote

from services.registry.contacts.domain import freshness_of
from services.registry.directory.domain import Entry
from services.registry.models import Appointment, Contact

OCTETS = 75
BREAK = re.compile(r"\r\n|\r|\n")
NOT_IN_TEXT = re.compile("[\0-\x08\x0b-\x1f\x7f]")
WITH_EXTENSION = re.compile(r"\+[0-9]+;ext=[0-9]+")
IN_ADDRESSES = "%/:=&?~#+!$,;'@()*[]"
PROPERTIES = {
    "email": "EMAIL;TYPE=work",
    "phone": "TEL;TYPE=work,voice",
    "relay": "TEL;TYPE=work,voice",
    "textphone": "TEL;TYPE=work,textphone",
}


async def vcards(pieces: AsyncIterator[list[Entry]]) -> AsyncIterator[bytes]:
    """Yield the cards of the directory."""
    async for entries in pieces:
        yield b"".join(card_of(entry) for entry in entries)


def card_of(entry: Entry) -> bytes:
    """The card of a body."""
    return b"".join(folded_line(f"{name}:{value}") for name, value in properties_of(entry))


def properties_of(entry: Entry) -> Iterator[tuple[str, str]]:
    """Yield the properties of a card, each with its value as the file has it."""
    body = entry.body
    yield from (("BEGIN", "VCARD"), ("VERSION", "4.0"), ("PRODID", "-//Doorway//Directory//EN"))
    yield from (("KIND", "org"), ("UID", f"urn:uuid:{body.id}"))
    name = escaped_text(body.name)
    yield from (("FN", name), ("ORG", name), ("CATEGORIES", escaped_text(body.kind)))
    for scheme, code in (("ODS", body.ods), ("ONS", body.ons)):
        if code:
            yield f"X-DOORWAY-{scheme}", escaped_text(code)
    yield from map(contact_property, entry.contacts)
    yield from (("NOTE", escaped_text(note)) for note in notes_on(entry))
    yield "END", "VCARD"


def contact_property(contact: Contact) -> tuple[str, str]:
    """A contact as a property."""
    if name := PROPERTIES.get(contact.channel):
        if WITH_EXTENSION.fullmatch(contact.value):
            return f"{name};VALUE=uri", f"tel:{contact.value}"
        return name, escaped_text(contact.value)
    if contact.channel in ("web", "form"):
        return "URL;TYPE=work", quote(contact.value, safe=IN_ADDRESSES)
    return "ADR;TYPE=work", f";;{escaped_text(contact.value)};;;;"


def notes_on(entry: Entry) -> Iterator[str]:
    """Yield what a reader needs to know: who leads the body, and how reliable its contacts are."""
    if entry.body.demonstration:
        yield "Invented, to show how things work."
    yield from map(leader_note, entry.leaders)
    for each in entry.contacts:
        offers = f"; {', '.join(each.accessible)}" if each.accessible else ""
        hours = f"; {each.hours}" if each.hours else ""
        sure = f"verified on {each.verified_on}" if each.verified_on else f"known on {each.known_on}"
        fresh = freshness_of(each, entry.day, entry.body.valid_to)
        yield f"{each.value}: {each.purpose}{offers}{hours}; {fresh}, {sure}. Source: {each.source}"


def leader_note(held: Appointment) -> str:
    """Who holds a role, in a sentence."""
    name = held.holder or held.as_published
    who = f"{name} ({held.status})" if name else held.status.replace("_", " ")
    return f"{held.role}: {who}, known on {held.known_on}. Source: {held.source}"


def escaped_text(text: str) -> str:
    """Text as a value holds it, with a sign in place of control characters that it cannot hold."""
    found = NOT_IN_TEXT.sub("\ufffd", BREAK.sub("\n", text)).replace("\\", "\\\\")
    return found.replace(",", "\\,").replace(";", "\\;").replace("\n", "\\n")


def folded_line(line: str) -> bytes:
    """A line of content in pieces of at most 75 octets, without cutting a character in two."""
    out, room = bytearray(), OCTETS
    for character in line:
        octets = character.encode()
        if len(octets) > room:
            out += b"\r\n "
            room = OCTETS - 1
        out += octets
        room -= len(octets)
    return bytes(out) + b"\r\n"
