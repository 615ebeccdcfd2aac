"""The directory as vCards: whatever the names, each line is one, and reads back the same."""

import re
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.directory.vcards import BREAK, card_of, escaped_text, folded_line
from tests.registry.directory.entries import DAY, door, entry, leader

# Text that a vCard can hold: line breaks and tabs are, other control characters are not.
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\r\t,;:\\é\U0001f600"))


def read(written: bytes) -> list[tuple[str, str]]:
    """Return name and value of each property, unfolded (RFC 6350 §3.2)."""
    assert written.endswith(b"\r\n")
    unfolded = written.replace(b"\r\n ", b"").decode()
    found = [line.partition(":") for line in unfolded[:-2].split("\r\n")]
    return [(name, value) for name, _, value in found]


def unescaped(value: str) -> str:
    """Return the text that a value holds (RFC 6350 §3.4)."""
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] == "n" else found[1], value)


def all_of(properties: list[tuple[str, str]], name: str) -> list[str]:
    return [value for each, value in properties if each.split(";")[0] == name]


@given(TEXT, TEXT, TEXT)
def test_hostile_text_comes_back_as_it_was(name: str, value: str, reason: str) -> None:
    doors = [door(value=value), door(channel="post", value=value), door(channel="phone", value=value)]
    found = read(card_of(entry(name, doors=doors, leaders=[leader(holder=reason, source=value)])))
    told = BREAK.sub("\n", value)
    assert [unescaped(each) for each in all_of(found, "FN")] == [BREAK.sub("\n", name)]
    assert [unescaped(each) for each in all_of(found, "EMAIL")] == [told]
    assert [unescaped(each) for each in all_of(found, "TEL")] == [told]
    (address,) = all_of(found, "ADR")
    parts = re.split(r"(?<!\\)(?:\\\\)*;", address)
    assert len(parts) == 7
    assert unescaped(address[2:-4]) == told
    assert len(all_of(found, "NOTE")) == 4
    assert all(re.fullmatch(r"[A-Z-]+(;TYPE=[a-z,]+)?", each) for each, _ in found)


@given(TEXT)
def test_lines_are_folded_between_characters(value: str) -> None:
    written = folded_line(f"NOTE:{escaped_text(value)}")
    for line in written.split(b"\r\n"):
        assert len(line) <= 75
        assert line.decode() is not None
    assert written.replace(b"\r\n ", b"") == f"NOTE:{escaped_text(value)}\r\n".encode()


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_no_text_breaks_out_of_its_line(value: str) -> None:
    plain = read(card_of(entry(doors=[door(channel=each) for each in ("web", "form", "email", "in_person")])))
    found = read(
        card_of(
            entry(doors=[door(channel=each, value=value) for each in ("web", "form", "email", "in_person")])
        )
    )
    assert [name for name, _ in found] == [name for name, _ in plain]
    assert not any(re.search("[\0-\x08\x0a-\x1f\x7f]", text) for _, text in found)


def test_an_address_of_the_web_stays_as_it_is() -> None:
    given_ = "https://example.org/a%20b?c=d&e=f#g"
    assert all_of(read(card_of(entry(doors=[door(channel="web", value=given_)]))), "URL") == [given_]


def test_an_extension_is_dialled_too() -> None:
    found = read(card_of(entry(doors=[door(channel="phone", value="+441912138566;ext=204")])))
    assert ("TEL;TYPE=work,voice;VALUE=uri", "tel") in [
        (name, value.partition(":")[0]) for name, value in found
    ]
    assert all_of(found, "TEL") == ["tel:+441912138566;ext=204"]


@pytest.mark.parametrize(
    ("channel", "name"),
    [
        ("email", "EMAIL;TYPE=work"),
        ("phone", "TEL;TYPE=work,voice"),
        ("textphone", "TEL;TYPE=work,textphone"),
        ("relay", "TEL;TYPE=work,voice"),
        ("web", "URL;TYPE=work"),
        ("form", "URL;TYPE=work"),
        ("post", "ADR;TYPE=work"),
        ("in_person", "ADR;TYPE=work"),
    ],
)
def test_each_channel_has_its_property(channel: str, name: str) -> None:
    found = read(card_of(entry(doors=[door(channel=channel)])))
    assert name in [each for each, _ in found]


def test_a_card_says_what_it_has_to_say() -> None:
    held: Any = leader(holder=None, status="not_announced")
    one = entry(doors=[door(hours="9 to 5", accessible=["bsl"])], leaders=[held], demonstration=True)
    found = read(card_of(one))
    assert found[:2] == [("BEGIN", "VCARD"), ("VERSION", "4.0")]
    assert found[-1] == ("END", "VCARD")
    assert ("KIND", "org") in found
    assert ("UID", f"urn:uuid:{one.body.id}") in found
    assert all_of(found, "X-DOORWAY-ODS") == ["QHM"]
    assert all_of(found, "X-DOORWAY-ONS") == []
    notes = [unescaped(each) for each in all_of(found, "NOTE")]
    assert notes == [
        "Invented, to show how things work.",
        "chair: not announced, known on 2026-11-23. Source: a page",
        "hello@example.org: enquiries; bsl; 9 to 5; fresh, known on 2026-11-23. Source: a page",
    ]


def test_a_contact_of_a_body_that_closed_is_stale() -> None:
    one = entry(doors=[door()], valid_to=DAY - timedelta(days=1))
    assert "stale\\, known on" in " ".join(all_of(read(card_of(one)), "NOTE"))
