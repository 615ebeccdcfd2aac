"""Personal data is covered wherever text is shown."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.feedback.items.masking import EMAIL, mask, mask_within

BETWEEN = st.sampled_from(["", " ", "-", " - ", "\u00a0", ".", "/"])


@st.composite
def nhs_numbers(draw: st.DrawFn) -> str:
    """Ten digits that pass the check."""
    digits = draw(st.text("0123456789", min_size=9, max_size=9).filter(lambda nine: check_of(nine) != 10))
    return f"{digits}{check_of(digits)}"


def check_of(nine: str) -> int:
    """The check digit of an NHS number (modulus 11); of those with ten there is none."""
    return -sum(weight * int(digit) for weight, digit in zip(range(10, 1, -1), nine, strict=True)) % 11


@given(nhs_numbers(), BETWEEN, BETWEEN, st.text(max_size=20), st.text(max_size=20))
def test_no_nhs_number_is_ever_shown(number: str, one: str, two: str, before: str, after: str) -> None:
    written = number[:3] + one + number[3:6] + two + number[6:]
    shown = mask(f"{before} {written} {after}")
    assert written not in shown


@given(nhs_numbers(), st.text("0123456789", max_size=5), st.text("0123456789", max_size=5))
def test_digits_beside_it_do_not_hide_an_nhs_number(number: str, before: str, after: str) -> None:
    shown = mask(f"{before} {number} {after}")
    assert number not in re.sub(r"\D", "", shown)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("My number is 943 476 5919, thanks", "My number is [NHS number], thanks"),
        ("ring 0191 498 0123 please", "ring [phone number] please"),
        ("or +44 7700 900123", "or [phone number]"),
        ("or 07700900123.", "or [phone number]."),
        ("write to jo.o'neil@example.org.uk!", "write to jo.o'[e-mail address]!"),
        ("I live in NE1 4LP", "I live in [postcode]"),
        ("in ne14lp, upstairs", "in [postcode], upstairs"),
        ("vitamin B12 5mg daily", "vitamin B12 5mg daily"),
        ("ward C3 2ml twice", "ward C3 2ml twice"),
        ("born on 3 March 1958 in Hull", "born on [date of birth] in Hull"),
        ("DOB: 03/03/58", "DOB: [date of birth]"),
        ("date of birth 1958-03-03", "date of birth [date of birth]"),
        ("03.03.1958", "[date of birth]"),
        ("Mrs Ada Smith-Jones was kind", "Mrs [name] was kind"),
        ("thanks to Dr. O’Brien", "thanks to Dr. [name]"),
    ],
)
def test_what_is_personal_is_covered_by_its_kind(text: str, shown: str) -> None:
    assert mask(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "I waited 4 hours on 12 October 2025.",
        "The doctor and the nurse were kind.",
        "Ward 12, bed 3, 2 of 5 stars",
        "We waited from 2019 to 2021 and spent 1500 pounds",
        "",
    ],
)
def test_what_is_not_personal_is_left(text: str) -> None:
    assert mask(text) == text


@given(st.text())
def test_any_text_can_be_masked(text: str) -> None:
    assert isinstance(mask(text), str)


def test_text_is_masked_wherever_it_stands() -> None:
    within = [{"question": "Who?", "text": "Mr Smith", "score": 3}, None]
    assert mask_within(within) == [{"question": "Who?", "text": "Mr [name]", "score": 3}, None]


@pytest.mark.parametrize("text", ["a" * 10_000, "a" * 5_000 + "@" + "a" * 4_999, "1-" * 5_000, "a." * 5_000])
def test_no_words_hold_up_whoever_shows_them(text: str) -> None:
    started = time.process_time()
    list(EMAIL.finditer(text))
    assert time.process_time() - started < 0.1
