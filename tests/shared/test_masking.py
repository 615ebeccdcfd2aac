"""Personal data is covered wherever text is shown."""

import re
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.masking import REACHABLE_AT, cover, find_personal_data, mask
from shared.personal_data import addresses, dates, folding, names, numbers

HERE = Path(__file__).parent
BETWEEN = st.sampled_from(["", " ", "-", " - ", "\u00a0", ".", "/", ",", ": "])
# «what must be covered|its kind»
MARKED = re.compile(r"«([^|»]+)\|([^»]+)»")
HOSTILE = (
    "1 ",
    "1",
    "+1 ",
    "0 1 ",
    "00 ",
    "+12345678 ",
    "07",
    "44 7",
    "1.1.19",
    "12:3",
    "£1,",
    "a",
    "a@",
    "@",
    "a.",
    "x.at dot ",
    "NE1 ",
    "N E 1 ",
    "DOB ",
    "born on the ",
    "born 1 ",
    "1 jan ",
    "mr van der de ",
    "Mr A ",
    "mr a",
    "Dr. ",
    "([ . ",
    "phone no ",
)
# What personal data is made of, so that random texts come near it.
PIECES = (
    *"0123456789",
    *"+-.,:;/()[]@ \n\t'",
    "07700 900123",
    "943 476 5919",
    "NE1",
    "4LP",
    "12/3/58",
    "1958",
    "born ",
    "DOB",
    "Mr",
    "dr ",
    "Smith",
    "van ",
    "[name]",
    "[date of birth]",
    "[phone number]",
    "jo",
    "example.org",
    " at ",
    "(at)",
    " dot ",
    "tel ",
    "March ",
    "the ",
)


def lines_of(name: str) -> list[str]:
    """The lines of a file beside this one."""
    return (HERE / name).read_text().splitlines()


@pytest.mark.parametrize("line", lines_of("masked.txt"))
def test_what_is_personal_is_covered_by_its_kind(line: str) -> None:
    written, shown = MARKED.sub(r"\1", line), MARKED.sub(r"[\2]", line)
    assert written != shown
    assert mask(written) == shown
    assert cover(written).kinds == {found[2] for found in MARKED.finditer(line)}


@pytest.mark.parametrize("line", lines_of("kept.txt"))
def test_what_is_not_personal_is_left(line: str) -> None:
    assert mask(line) == line


def test_the_corpus_is_large_enough_to_judge_by() -> None:
    assert len(set(lines_of("masked.txt"))) >= 120
    assert len(set(lines_of("kept.txt"))) >= 120


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
    assert written not in mask(f"{before} {written} {after}")


@given(nhs_numbers(), st.text("0123456789", max_size=5), st.text("0123456789", max_size=5))
def test_digits_beside_it_do_not_hide_an_nhs_number(number: str, before: str, after: str) -> None:
    shown = mask(f"{before} {number} {after}")
    assert number not in re.sub(r"\D", "", shown)


@given(st.text("0123456789", max_size=6), nhs_numbers(), st.text("0123456789", max_size=6))
def test_an_nhs_number_in_the_middle_of_digits_is_covered(before: str, number: str, after: str) -> None:
    assert number not in mask(before + number + after)


@given(st.one_of(st.text(), st.lists(st.sampled_from(PIECES), max_size=40).map("".join)))
def test_what_is_masked_stays_as_it_is_and_grows_little(text: str) -> None:
    shown = mask(text)
    assert mask(shown) == shown
    assert len(shown) <= 3 * len(text) + len("[date of birth]")


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_nothing_is_found_in_a_masked_text(text: str) -> None:
    assert list(find_personal_data(mask(text))) == []


def test_words_that_say_how_to_reach_a_body_keep_its_address() -> None:
    shown = cover("Mr Smith, 0191 498 0123, pals@example.org, NE1 4LP, 943 476 5919", REACHABLE_AT)
    assert shown.text == "Mr [name], 0191 498 0123, pals@example.org, NE1 4LP, [NHS number]"
    assert shown.kinds == {"name", "NHS number"}


@pytest.mark.parametrize(
    "number",
    [
        "0044 191 498 0123",
        "+44 191 498 0123",
        "44 191 498 0123",
        "01914980123",
        "01914980090",
        "tel 191 498 0123",
        "0191 498 0123, or 0044 191 498 0123",
        "mr.smith@example.org",
    ],
)
def test_a_way_to_reach_a_body_stays_whole_whatever_it_holds(number: str) -> None:
    assert cover(f"Ring or write: {number}", REACHABLE_AT).text == f"Ring or write: {number}"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("943 476 5919", "[NHS number]"),
        ("443 470 5911, 12 High Street", "[NHS number], 12 High Street"),
        ("0191 498 0123 943 476 5919", "0191 498 0123 [NHS number]"),
        ("0800 943 476 5919", "0800 [NHS number]"),
    ],
)
def test_an_nhs_number_is_covered_beside_a_way_to_reach_a_body(written: str, shown: str) -> None:
    assert cover(written, REACHABLE_AT).text == shown


def calls_to_mask(text: str) -> int:
    """How many functions are called, of Python and of C, to mask a text."""
    calls = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        mask(text)
    finally:
        sys.setprofile(before)
    return calls


@pytest.mark.parametrize("piece", HOSTILE)
def test_twice_the_text_costs_twice_the_steps(piece: str) -> None:
    whole = piece * (4_000 // len(piece))
    assert calls_to_mask(whole) <= 2.2 * calls_to_mask(whole[: len(whole) // 2]) + 500
    assert calls_to_mask(whole) <= 100 * len(whole)


def test_the_library_for_phone_numbers_sees_few_and_short_candidates(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def refuse(number: str) -> bool:
        seen.append(number)
        return False

    monkeypatch.setattr(numbers, "is_phone_number", refuse)
    for piece in HOSTILE:
        seen.clear()
        list(find_personal_data(piece * (10_000 // len(piece))))
        assert len(seen) <= numbers.FOREIGN_CHECKS_MAX
        assert all(len(number) <= 16 for number in seen)


def test_what_is_too_much_to_ask_the_library_about_is_covered_unasked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(numbers, "FOREIGN_CHECKS_MAX", 0)
    assert mask("+99 1234567890") == "[phone number]"


def patterns() -> list[Any]:
    """Every pattern by which personal data is found."""
    modules = (addresses, dates, folding, names, numbers)
    return [each for module in modules for each in vars(module).values() if isinstance(each, re.Pattern)]


@pytest.mark.parametrize("pattern", patterns(), ids=lambda each: str(each.pattern)[:30])
def test_no_pattern_repeats_anything_without_bound_but_single_characters(pattern: re.Pattern[Any]) -> None:
    written = pattern.pattern.decode() if isinstance(pattern.pattern, bytes) else pattern.pattern
    source = re.sub(r"\[(?:\\.|[^\]\\])*\]|\\.", "C", written)
    unbounded = re.findall(r"(.)(?<!\})[*+]|(.)\{\d+,\}", source)
    assert all("C" in each for each in unbounded)
    assert len(unbounded) <= 2


@pytest.mark.parametrize(
    "text", ["tel. 5551234", "NHS 943 476 5919", "b. 1/2/34", "DOB: 1958", "on 1.2.1999", "3 May 2001"]
)
def test_the_fewest_digits_that_are_a_number_or_a_date_are_found(text: str) -> None:
    assert mask(text) != text


@pytest.mark.parametrize("title", f"{names.SURE}|{names.OTHER}".split("|"))
def test_every_title_is_found_in_any_letters(title: str) -> None:
    for written in (title.capitalize(), title.upper()):
        assert mask(f"I saw {written}. Okonkwo there") == f"I saw {written}. [name] there"
