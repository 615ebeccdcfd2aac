"""What is kept of a subscriber's answer."""

import pytest

from services.gateway.webhooks.excerpts import KEPT_CHARACTERS, excerpt


@pytest.mark.parametrize(
    "personal",
    [
        "jane.doe@example.org", "943 476 5919", "9434765919", "+44 191 496 0123", "(0191) 496 0123",
        "NE1 4LP", "ne14lp", "01-02-1980",
    ],
)  # fmt: skip
def test_what_looks_personal_is_masked(personal: str) -> None:
    kept = excerpt(f"cannot take {personal} today".encode())
    assert kept is not None
    assert personal not in kept
    assert "[masked]" in kept


def test_an_error_stays_readable() -> None:
    assert excerpt(b'{"error": "signature 401 mismatch"}') == '{"error": "signature 401 mismatch"}'


def test_it_is_short_and_one_line() -> None:
    kept = excerpt(b"first\n\tsecond \x1b[31m" + b"x" * 1000)
    assert kept is not None
    assert kept.startswith("first second ?[31m")
    assert len(kept) == KEPT_CHARACTERS


def test_bytes_that_are_no_text_and_none_at_all() -> None:
    assert excerpt(b"\xff\xfe") == "\ufffd\ufffd"
    assert excerpt(b"") is None
    assert excerpt(b" \n ") is None
