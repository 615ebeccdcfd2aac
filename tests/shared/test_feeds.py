"""Atom feeds are what readers of news expect (RFC 4287), whatever texts hold."""

from dataclasses import replace
from datetime import UTC, datetime
from xml.etree.ElementTree import fromstring

from hypothesis import given
from hypothesis import strategies as st

from shared.feeds import NEVER, NOT_IN_XML, AtomEntry, FeedPlace, atom_feed

NS = "{http://www.w3.org/2005/Atom}"
AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
HERE = FeedPlace(public_url="https://doorway.example", own="/v1/x.atom?of=1", home="/v1/x?of=1")
NOWHERE = replace(HERE, public_url="")
ENTRY = AtomEntry(
    urn="urn:x:1", title="One", updated=AT, link=HERE.url_of("/v1/x/1"), content="What it says."
)


def feed_of(*entries, updated=AT, place=HERE):
    written = atom_feed(entries, urn="urn:x", title="A & <B>", updated=updated, author="Doorway", place=place)
    return fromstring(written)  # noqa: S314 -- it was made a moment ago


def test_a_feed_has_what_it_must_have():
    feed = feed_of()
    names = ("id", "title", "updated", f"author/{NS}name")
    found = [feed.findtext(f"{NS}{name}") for name in names]
    assert found == ["urn:x", "A & <B>", "2026-11-23T09:00:00Z", "Doorway"]
    own, home = [link.attrib for link in feed.findall(f"{NS}link")]
    url = "https://doorway.example/v1/x.atom?of=1"
    assert own == {"rel": "self", "type": "application/atom+xml", "href": url}
    url = "https://doorway.example/v1/x?of=1"
    assert home == {"rel": "alternate", "href": url}


def test_an_empty_feed_says_when_it_was_updated():
    assert feed_of(updated=NEVER).findtext(f"{NS}updated") == "1970-01-01T00:00:00Z"


def test_a_feed_that_does_not_know_where_it_is_has_no_link_that_leads_nowhere():
    feed = feed_of(replace(ENTRY, link=NOWHERE.url_of("/v1/x/1")), place=NOWHERE)
    assert feed.findtext(f"{NS}entry/{NS}content") == "What it says."
    assert list(feed.iter(f"{NS}link")) == []


def test_an_entry_leads_to_what_it_is_about():
    [found] = feed_of(replace(ENTRY, categories=("demonstration",))).iter(f"{NS}entry")
    assert found.findtext(f"{NS}id") == "urn:x:1"
    assert found.findtext(f"{NS}updated") == "2026-11-23T09:00:00Z"
    assert found.find(f"{NS}link").attrib == {
        "rel": "alternate",
        "href": "https://doorway.example/v1/x/1",
    }
    assert found.find(f"{NS}category").attrib == {"term": "demonstration"}


@given(st.text(), st.text())
def test_any_text_comes_through_except_what_xml_cannot_hold(title, content):
    [found] = feed_of(replace(ENTRY, title=title, content=content)).iter(f"{NS}entry")
    assert in_lines(found.findtext(f"{NS}title")) == in_lines(NOT_IN_XML.sub("\ufffd", title))
    assert in_lines(found.findtext(f"{NS}content")) == in_lines(NOT_IN_XML.sub("\ufffd", content))


def in_lines(text):
    """Text as XML readers see it: they take every line break for the same one."""
    return (text or "").replace("\r\n", "\n").replace("\r", "\n")
