"""What the value of a contact has to look like."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.contacts.values import (
    CHECKS,
    is_published,
    sameness_of,
    value_of,
    value_of_source,
)


@pytest.mark.parametrize(
    ("channel", "given_value", "kept"),
    [
        ("email", "jo@example.org", "jo@example.org"),
        ("phone", "0191 213 8566", "+441912138566"),
        ("phone", "+44 191 213 8566", "+441912138566"),
        ("textphone", "0191 213 8566", "+441912138566"),
        ("phone", "0191 213 8566 ext. 204", "+441912138566;ext=204"),
        ("textphone", "+44 191 213 8566 x7", "+441912138566;ext=7"),
        ("relay", "18001 0191 213 8566 extension 12", "+441912138566;ext=12"),
        ("relay", "18001 0191 213 8566", "+441912138566"),
        ("relay", "0191 213 8566", "+441912138566"),
        ("web", "https://example.org/contact?x=1", "https://example.org/contact?x=1"),
        ("form", "http://example.org", "http://example.org"),
        ("post", "1 High Street, Newcastle", "1 High Street, Newcastle"),
        ("in_person", "Town Hall, Room 3", "Town Hall, Room 3"),
    ],
)
def test_a_value_is_kept_as_its_channel_has_it(channel: str, given_value: str, kept: str) -> None:
    assert value_of(channel, given_value) == kept
    assert value_of(channel, kept) == kept


@pytest.mark.parametrize(
    ("channel", "given_value"),
    [
        ("email", "jo@example.org, jim@example.org"),
        ("email", "Jo <jo@example.org>"),
        ("email", "jo@localhost"),
        ("email", "jo@example.org\nBcc: all@example.org"),
        ("phone", "ask at the desk"),
        ("phone", "0191 213"),
        ("relay", "18001"),
        ("web", "example.org"),
        ("web", "javascript:alert(1)"),
        ("web", "https://jo:secret@example.org"),
        ("web", "https://example.org/a b"),
        ("web", "https://[::1"),
        ("web", "https://example.org:99999/"),
        ("form", "mailto:jo@example.org"),
        ("post", "x"),
        ("post", "1 High Street\nNewcastle"),
        ("post", "x" * 501),
    ],
)
def test_what_leads_nowhere_is_refused(channel: str, given_value: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        value_of(channel, given_value)


@given(st.sampled_from(sorted(CHECKS)), st.text(max_size=600))
def test_whatever_is_kept_is_kept_again_as_it_is(channel: str, text: str) -> None:
    try:
        kept = value_of(channel, text)
    except ValueError:
        return
    assert value_of(channel, kept) == kept
    assert "\n" not in kept
    assert sameness_of(channel, kept) == sameness_of(channel, text)


@pytest.mark.parametrize(
    ("channel", "written", "kept"),
    [
        ("phone", "0191 213 8566", "+441912138566"),
        ("phone", "0191 213 8566 ext 4", "+441912138566;ext=4"),
        ("phone", "01642 82138", "01642 82138"),  # cannot be dialled: kept as the source has it
        ("email", "Jo <jo@example.org>", "Jo <jo@example.org>"),
        ("post", "1 High Street", "1 High Street"),
    ],
)
def test_an_import_keeps_telephone_numbers_as_the_contract_says(
    channel: str, written: str, kept: str
) -> None:
    assert value_of_source(channel, written) == kept


def test_an_extension_makes_another_number() -> None:
    assert sameness_of("phone", "0191 213 8566 x4") != sameness_of("phone", "0191 213 8566")


def test_one_contact_written_in_two_ways_is_one() -> None:
    assert sameness_of("phone", "0191 213 8566") == sameness_of("phone", "+441912138566")
    assert sameness_of("email", "Jo@Example.org") == sameness_of("email", "jo@example.org")
    assert sameness_of("web", "https://example.org/") == sameness_of("web", "https://example.org")
    assert sameness_of("email", "not an’address") == "not an’address"


def test_only_what_everybody_can_look_at_safely_is_published() -> None:
    assert is_published("https://example.org/people")
    assert not is_published("http://example.org/people")
    assert not is_published("the annual report")
