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
class FeedPlace:
    """Where a feed is, and the page that it follows: paths of this API, with their query.

    `public_url` is where the outside reaches the deployment. Readers resolve no relative address of a
    JSON Feed, so without it there are none at all.
    """

    public_url: str
    own: str
    home: str

    def url_of(self, path: str) -> str | None:
        """The whole address of a path; None where the deployment does not know its own."""
        return f"{self.public_url}{path}" if self.public_url else None

    @property
    def own_url(self) -> str | None:
        """The address that the feed is fetched at."""
        return self.url_of(self.own)

    @property
    def home_url(self) -> str | None:
        """The address of what the feed follows."""
        return self.url_of(self.home)


@dataclass(frozen=True, slots=True, kw_only=True)
class AtomEntry:
    """One entry of a feed; `link` is a whole address, None where the deployment does not know its own."""

    urn: str
    title: str
    updated: datetime
    link: str | None
    content: str
    categories: tuple[str, ...] = ()


def atom_feed(
    entries: Iterable[AtomEntry],
    *,
    urn: str,
    title: str,
    updated: datetime,
    author: str,
    place: FeedPlace,
) -> bytes:
    """The feed as XML in UTF-8; characters that XML cannot hold become U+FFFD."""
    feed = Element("feed", {"xmlns": "http://www.w3.org/2005/Atom", "xml:lang": "en-GB"})
    add_text(feed, "id", urn)
    add_text(feed, "title", title)
    add_text(feed, "updated", in_utc(updated))
    add_link(feed, place.own_url, rel="self", type=ATOM)
    add_link(feed, place.home_url, rel="alternate")
    add_text(SubElement(feed, "author"), "name", author)
    for each in entries:
        entry = SubElement(feed, "entry")
        add_text(entry, "id", each.urn)
        add_text(entry, "title", each.title)
        add_text(entry, "updated", in_utc(each.updated))
        # Without a type: some readers follow no link that says it is JSON.
        add_link(entry, each.link, rel="alternate")
        for term in each.categories:
            SubElement(entry, "category", {"term": term})
        add_text(entry, "content", each.content)
    written: bytes = tostring(feed, encoding="utf-8", xml_declaration=True)
    return written


def add_link(parent: Element, url: str | None, **said: str) -> None:
    """Add a link, where its whole address is known."""
    if url:
        SubElement(parent, "link", {**said, "href": url})


def add_text(parent: Element, name: str, text: str) -> None:
    """Add an element with a text, without the characters that XML cannot hold."""
    SubElement(parent, name).text = NOT_IN_XML.sub("\ufffd", text)
