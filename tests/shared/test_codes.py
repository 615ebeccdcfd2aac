"""Codes that people type are read back, and found by a keyed hash."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn

from shared.codes import ALPHABET, code_from, read_code, ref_of
from shared.errors import Invalid


def test_a_number_gives_its_code() -> None:
    assert code_from(0) == "0000-0000-0000"
    assert code_from(2**55 + 1) == code_from(1) != code_from(2)


@given(st.integers(0, 2**64 - 1))
def test_the_last_letter_is_the_check_of_the_library(number: int) -> None:
    letters = code_from(number).replace("-", "")
    assert letters[-1] == luhn.calc_check_digit(letters[:-1], ALPHABET)
    assert luhn.is_valid(letters, ALPHABET)


def test_a_code_is_found_under_one_key_only() -> None:
    code = code_from(1948)
    assert ref_of(b"a", code) == ref_of(b"a", read_code(code.lower()))
    assert ref_of(b"a", code) != ref_of(b"b", code)


@pytest.mark.parametrize("between", ["-", "", " ", "–", "—", "\u2011", "\u00a0", "−", " - "])
def test_a_code_is_read_however_its_groups_are_parted(between: str) -> None:
    code = code_from(1948)
    assert read_code(code.replace("-", between)) == code


def test_a_wrong_letter_names_its_field() -> None:
    with pytest.raises(Invalid) as refused:
        read_code("0000-0000-0001", "/code")
    assert refused.value.errors[0].pointer == "/code"
