"""Changes as an Atom feed (RFC 4287), for readers of news."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid5
from xml.etree.ElementTree import Element, SubElement, tostring

from services.registry.changes.schemas import record_of
from shared.events.base import CATALOGUE
from shared.schemas import in_utc

ATOM = "application/atom+xml"
NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
NEVER = "1970-01-01T00:00:00Z"


def atom(about: Any, path: str, changes: Sequence[Any], names: Mapping[UUID, Any]) -> bytes:
    """Return the feed of what changed about a body, the newest first."""
    feed = Element("feed", {"xmlns": "http://www.w3.org/2005/Atom", "xml:lang": "en-GB"})
    # The body's own id would be that of other feeds about it as well.
    add(feed, "id", f"urn:uuid:{uuid5(about.id, 'changes')}")
    add(feed, "title", f"What changed: {about.name}")
    add(feed, "updated", in_utc(changes[0].at) if changes else NEVER)
    SubElement(feed, "link", {"rel": "self", "type": ATOM, "href": path})
    add(SubElement(feed, "author"), "name", "Doorway")
    for change in changes:
        entry = SubElement(feed, "entry")
        add(entry, "id", f"urn:uuid:{change.id}")
        add(entry, "title", headline(change, names))
        add(entry, "updated", in_utc(change.at))
        SubElement(entry, "link", {"rel": "alternate", "href": record_of(change).href})
        SubElement(entry, "category", {"term": change.type})
        add(entry, "content", f"Why: {change.reason}\nSource: {change.source}")
    written: bytes = tostring(feed, encoding="utf-8", xml_declaration=True)
    return written


def headline(change: Any, names: Mapping[UUID, Any]) -> str:
    """Return to whom something happened, and what, in a sentence."""
    sentence = " ".join((CATALOGUE[change.type].__doc__ or change.type).split()).rstrip(".")
    named = names.get(change.record_id)
    return f"{named.name}: {sentence}" if named else sentence


def add(parent: Element, name: str, text: str) -> None:
    """Add an element with a text, without the characters that XML cannot hold."""
    SubElement(parent, name).text = NOT_IN_XML.sub("\ufffd", text)
