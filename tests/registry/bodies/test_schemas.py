"""The shapes that every slice uses."""

from datetime import date
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from services.registry.bodies.schemas import Day, OdsAsked, Ref, Words

DAY, REF, WORDS = TypeAdapter[Any](Day), TypeAdapter[Any](Ref), TypeAdapter[Any](Words)


def test_a_day_is_written_as_one() -> None:
    assert DAY.validate_python("2026-04-01") == date(2026, 4, 1)


@pytest.mark.parametrize(
    "given",
    [
        *("1", "2026-4-1", "20260401", "2026-04-01T00:00", "2026-13-01", "１２３４-０４-０１"),
        *("1459468800", 1459468800, 20000.0, True),
    ],
)
def test_anything_else_is_refused(given: object) -> None:
    with pytest.raises(ValidationError):
        DAY.validate_python(given)


@pytest.mark.parametrize(
    ("ref", "good"),
    [
        ("ods:QHM", True),
        ("ons:E54000050", True),
        ("01a20639-e927-723a-8d60-143aabfa44f5", True),
        ("gss:E54000050", False),
        ("ods:QHM ", False),
        ("ods:QHM\n", False),
        ("", False),
    ],
)
def test_a_reference_is_an_id_or_a_code(ref: str, good: bool) -> None:
    if good:
        assert REF.validate_python(ref) == ref
    else:
        with pytest.raises(ValidationError):
            REF.validate_python(ref)


@pytest.mark.parametrize("words", ["", "   ", "&|!", "x" * 101])
def test_words_have_to_hold_a_word(words: str) -> None:
    with pytest.raises(ValidationError):
        WORDS.validate_python(words)


@pytest.mark.parametrize(("given", "meant"), [("RX6", "RX6"), ("rx6", "RX6"), ("s1y5d", "S1Y5D")])
def test_an_ods_code_may_be_asked_about_in_small_letters(given: str, meant: str) -> None:
    assert TypeAdapter[Any](OdsAsked).validate_python(given) == meant
