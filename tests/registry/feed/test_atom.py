"""The Atom feed is one (RFC 4287), whatever names hold."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID
from xml.etree.ElementTree import Element, fromstring

from services.registry.feed.domain import atom
from shared.feeds import FeedPlace
from shared.ids import new_id

NS = "{http://www.w3.org/2005/Atom}"
HERE = FeedPlace(public_url="https://doorway.example", own="/v1/x/changes.atom", home="/v1/x")


def change(**more: Any) -> Any:
    given = {
        "id": new_id(),
        "at": datetime(2026, 11, 23, 9, tzinfo=UTC),
        "type": "registry.contact_verified.v1",
        "record_id": new_id(),
        "kind": "icb",
        "reason": "Somebody answered.",
        "source": "a call",
    }
    return SimpleNamespace(**given | more)


def read(feed: bytes) -> Element:
    """Return a feed as its readers see it."""
    return fromstring(feed)  # noqa: S314 -- it was made a moment ago


def body(name: str) -> Any:
    return SimpleNamespace(id=new_id(), name=name)


def test_a_feed_and_its_entries_have_what_they_must_have() -> None:
    about, one, earlier = body("A & <B>"), change(), change(at=datetime(2026, 1, 1, tzinfo=UTC))
    feed = read(atom(about, HERE, [one, earlier], {one.record_id: body("The board")}))
    assert feed.tag == f"{NS}feed"
    assert feed.findtext(f"{NS}title") == "What changed: A & <B>"
    assert feed.findtext(f"{NS}updated") == "2026-11-23T09:00:00Z"
    assert feed.findtext(f"{NS}author/{NS}name") == "Doorway"
    ids = [feed.findtext(f"{NS}id"), *[each.findtext(f"{NS}id") for each in feed.iter(f"{NS}entry")]]
    assert len(set(ids)) == 3
    assert all(UUID((each or "").removeprefix("urn:uuid:")) for each in ids)
    assert ids[0] != f"urn:uuid:{about.id}"
    first, second = feed.iter(f"{NS}entry")
    assert first.findtext(f"{NS}title") == "The board: Somebody verified that a contact works"
    assert second.findtext(f"{NS}title") == "Somebody verified that a contact works"
    assert first.findtext(f"{NS}content") == "Why: Somebody answered.\nSource: a call"
    link = first.find(f"{NS}link")
    assert link is not None
    assert link.attrib["href"] == f"https://doorway.example/v1/footprints/{one.record_id}"


def test_a_feed_without_changes_is_one() -> None:
    feed = read(atom(body("x"), HERE, [], {}))
    assert feed.findtext(f"{NS}updated") == "1970-01-01T00:00:00Z"


def test_a_stakeholder_is_read_at_its_own_place() -> None:
    one = change(kind=None)
    assert f"https://doorway.example/v1/stakeholders/{one.record_id}".encode() in atom(
        body("x"), HERE, [one], {}
    )
