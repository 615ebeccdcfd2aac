"""Signatures: what is signed as agreed passes, and a single flipped bit anywhere is refused."""

import base64
import hashlib
import hmac
import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.feedback.errors import SignatureRefused
from services.feedback.sources.scheme_schemas import HmacSettings
from services.feedback.sources.sealing import new_secret
from services.feedback.sources.signatures import verify_signature
from shared.clock import now
from tests.feedback.sources.senders import standard_headers

BODY = b'{"comment": "The nurse explained everything."}'
SECRET = new_secret("standard-webhooks")
KEY = "an invented secret of a supplier"
MakeHeaders = Callable[[], dict[str, str]]
TIMED = {"signed": "{id}.{timestamp}.{body}", "timestamp_header": "X-Time", "message_id_header": "X-Id"}


def hmac_settings(**fields: Any) -> HmacSettings:
    """The settings of a source that signs by HMAC."""
    return HmacSettings.model_validate({"header": "X-Signature"} | fields)


def signature_headers(signed_bytes: bytes, encoding: str = "hex", prefix: str = "") -> dict[str, str]:
    """The header that a supplier's system sends."""
    digest = hmac.new(KEY.encode(), signed_bytes, hashlib.sha256).digest()
    text = digest.hex() if encoding == "hex" else base64.b64encode(digest).decode()
    return {"x-signature": prefix + text}


def timed_headers(seconds_ago: int = 0, *, per_second: int = 1) -> dict[str, str]:
    """Headers that sign id, time and body."""
    at = str(int((time.time() - seconds_ago) * per_second))
    return {**signature_headers(f"m-1.{at}.".encode() + BODY), "x-time": at, "x-id": "m-1"}


def standard(**changed: str) -> dict[str, str]:
    """The headers of a standard webhook, some of them changed."""
    return {**standard_headers(SECRET, BODY, "m"), **changed}


def passes(settings: HmacSettings | None, headers: Mapping[str, str], body: bytes = BODY) -> bool:
    """Tell whether a body is accepted."""
    try:
        verify_signature(settings, [SECRET if settings is None else KEY], headers, body, now())
    except SignatureRefused:
        return False
    return True


def flip_bit(data: bytes, bit: int) -> bytes:
    """The bytes with one bit turned round."""
    place = bit % (len(data) * 8)
    changed = bytearray(data)
    changed[place // 8] ^= 1 << place % 8
    return bytes(changed)


def flipped_text(text: str, bit: int) -> str:
    """A header with one bit turned round."""
    return flip_bit(text.encode("latin-1"), bit).decode("latin-1")


# Signatures are made when the test runs: they are good for five minutes only.
@pytest.mark.parametrize(
    ("settings", "headers"),
    [
        (None, lambda: standard_headers(SECRET, BODY, "m-1")),
        (hmac_settings(), lambda: signature_headers(BODY)),
        (hmac_settings(), lambda: {"x-signature": signature_headers(BODY)["x-signature"].upper()}),
        (hmac_settings(prefix="sha256="), lambda: signature_headers(BODY, prefix="sha256=")),
        (hmac_settings(encoding="base64"), lambda: signature_headers(BODY, "base64")),
        (hmac_settings(**TIMED), timed_headers),
        (hmac_settings(**TIMED), lambda: timed_headers(seconds_ago=250)),
        (hmac_settings(**TIMED, timestamp_unit="milliseconds"), lambda: timed_headers(250, per_second=1000)),
    ],
)
def test_what_is_signed_as_agreed_passes(settings: HmacSettings | None, headers: MakeHeaders) -> None:
    assert passes(settings, headers())


@pytest.mark.parametrize(
    ("unit", "headers"),
    [
        ("milliseconds", lambda: timed_headers(350, per_second=1000)),
        ("milliseconds", timed_headers),
        ("seconds", lambda: timed_headers(per_second=1000)),
    ],
)
def test_a_time_in_another_unit_or_too_long_ago_is_refused(unit: str, headers: MakeHeaders) -> None:
    with pytest.raises(SignatureRefused, match=unit):
        verify_signature(hmac_settings(**TIMED, timestamp_unit=unit), [KEY], headers(), BODY, now())


def test_either_of_two_secrets_passes_and_a_third_does_not() -> None:
    headers = standard_headers(SECRET, BODY, "m-1")
    verify_signature(None, [new_secret("standard-webhooks"), SECRET], headers, BODY, now())
    with pytest.raises(SignatureRefused):
        verify_signature(None, [new_secret("standard-webhooks")], headers, BODY, now())
    with pytest.raises(SignatureRefused):
        verify_signature(None, [], headers, BODY, now())


def test_several_signatures_in_one_header_pass_when_one_fits() -> None:
    headers = standard_headers(SECRET, BODY, "m-1")
    other = standard_headers(new_secret("standard-webhooks"), BODY, "m-1")["webhook-signature"]
    headers["webhook-signature"] = f"v1a,abc {other} nonsense {headers['webhook-signature']}"
    assert passes(None, headers)


@given(
    st.integers(0, 10_000), st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature", "body"])
)
def test_a_flipped_bit_of_a_standard_webhook_is_refused(bit: int, part: str) -> None:
    headers = standard_headers(SECRET, BODY, "m-1")
    if part == "body":
        body = flip_bit(BODY, bit)
        assert not is_text(body) or not passes(None, headers, body)
    else:
        assert not passes(None, {**headers, part: flipped_text(headers[part], bit)})


@given(st.integers(0, 10_000), st.sampled_from(["x-signature", "x-time", "x-id", "body"]))
def test_a_flipped_bit_of_an_hmac_message_is_refused(bit: int, part: str) -> None:
    headers = timed_headers()
    if part == "body":
        assert not passes(hmac_settings(**TIMED), headers, flip_bit(BODY, bit))
    else:
        assert not passes(hmac_settings(**TIMED), {**headers, part: flipped_text(headers[part], bit)})


def is_text(body: bytes) -> bool:
    """Tell whether bytes are UTF-8: others never get as far as the signature."""
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


@given(st.text(), st.text(), st.text())
def test_no_header_raises_anything_but_the_refusal(id_: str, at: str, signature: str) -> None:
    assert not passes(None, {"webhook-id": id_, "webhook-timestamp": at, "webhook-signature": signature})
    assert not passes(None, {**standard_headers(SECRET, BODY, "m"), "webhook-signature": f"v1,{signature}"})
    assert not passes(hmac_settings(**TIMED), {"x-signature": signature, "x-time": at, "x-id": id_})


@pytest.mark.parametrize(
    ("settings", "headers", "says"),
    [
        (None, dict, "The header webhook-id is missing."),
        (None, lambda: standard_headers(SECRET, BODY, "m", seconds_ago=400), "Check the sender's clock"),
        (None, lambda: standard_headers(SECRET, BODY, "m", seconds_ago=-400), "Check the sender's clock"),
        (None, lambda: standard_headers(SECRET, b"other", "m"), "sign exactly the bytes you send"),
        (None, lambda: standard(**{"webhook-timestamp": "noon"}), "whole seconds"),
        (None, lambda: standard(**{"webhook-signature": "abc"}), "must contain v1,"),
        (hmac_settings(), dict, "The header X-Signature is missing."),
        (hmac_settings(prefix="sha256="), lambda: signature_headers(BODY), "must start with 'sha256='"),
        (hmac_settings(), lambda: signature_headers(b"other"), "HMAC-SHA-256 in hex"),
        (hmac_settings(**TIMED), lambda: timed_headers(seconds_ago=400), "over 300 seconds off"),
        (hmac_settings(**TIMED), lambda: {**timed_headers(), "x-time": ""}, "X-Time must be whole seconds"),
    ],
)
def test_a_refusal_says_what_to_check(settings: HmacSettings | None, headers: MakeHeaders, says: str) -> None:
    with pytest.raises(SignatureRefused) as refused:
        verify_signature(settings, [SECRET if settings is None else KEY], headers(), BODY, now())
    assert says in refused.value.detail


def test_a_secret_that_the_library_cannot_read_is_a_refusal() -> None:
    with pytest.raises(SignatureRefused):
        verify_signature(None, ["whsec_"], standard_headers(SECRET, BODY, "m"), BODY, now())
