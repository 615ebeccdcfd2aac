"""Atom feeds (RFC 4287), for readers of news."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree.ElementTree import Element, SubElement, tostring

from shared.schemas import in_utc

ATOM = "application/atom+xml"
# A feed must say when it was updated: an empty one says this.
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class AtomEntry:
    """One entry of a feed; `link` is a path of this API."""

    urn: str
    title: str
    updated: datetime
    link: str
    content: str
    categories: tuple[str, ...] = ()


def atom_feed(
    entries: Iterable[AtomEntry],
    *,
    urn: str,
    title: str,
    updated: datetime,
    author: str,
    path: str | None = None,
) -> bytes:
    """The feed as XML in UTF-8; characters that XML cannot hold become U+FFFD. `path` is its own address."""
    feed = Element("feed", {"xmlns": "http://www.w3.org/2005/Atom", "xml:lang": "en-GB"})
    add_text(feed, "id", urn)
    add_text(feed, "title", title)
    add_text(feed, "updated", in_utc(updated))
    if path:
        SubElement(feed, "link", {"rel": "self", "type": ATOM, "href": path})
    add_text(SubElement(feed, "author"), "name", author)
    for each in entries:
        entry = SubElement(feed, "entry")
        add_text(entry, "id", each.urn)
        add_text(entry, "title", each.title)
        add_text(entry, "updated", in_utc(each.updated))
        SubElement(entry, "link", {"rel": "alternate", "href": each.link})
        for term in each.categories:
            SubElement(entry, "category", {"term": term})
        add_text(entry, "content", each.content)
    written: bytes = tostring(feed, encoding="utf-8", xml_declaration=True)
    return written


def add_text(parent: Element, name: str, text: str) -> None:
    """Add an element with a text, without the characters that XML cannot hold."""
    SubElement(parent, name).text = NOT_IN_XML.sub("\ufffd", text)
