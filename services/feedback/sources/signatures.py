"""Whether a body was signed with one of the source's secrets, in either of two schemes."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime

from standardwebhooks.webhooks import Webhook

from services.feedback.errors import SignatureRefused
from services.feedback.sources.scheme_schemas import HmacSettings

UNITS_PER_SECOND = {"seconds": 1, "milliseconds": 1000}
TIMESTAMP_DIGITS_MAX = 15
STANDARD_HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")


def verify_signature(
    settings: HmacSettings | None,
    secrets: Iterable[str],
    headers: Mapping[str, str],
    body: bytes,
    at: datetime,
) -> None:
    """Accept a signature that one of the secrets made over exactly these bytes.

    Without HMAC settings the scheme is Standard Webhooks (https://www.standardwebhooks.com).
    Raises SignatureRefused, which says what the sender should check.
    """
    if settings is None:
        _verify_standard(secrets, headers, body)
    else:
        _verify_hmac(settings, secrets, headers, body, at)


def _verify_standard(secrets: Iterable[str], headers: Mapping[str, str], body: bytes) -> None:
    if missing := [name for name in STANDARD_HEADERS if not headers.get(name)]:
        raise SignatureRefused(f"The header {missing[0]} is missing.")
    if not _is_digits(headers["webhook-timestamp"]):
        raise SignatureRefused("The header webhook-timestamp must be whole seconds since 1970.")
    parts = [part for part in headers["webhook-signature"].split(" ") if _is_canonical(part)]
    if not parts:
        raise SignatureRefused("The header webhook-signature must contain v1,<base64 of 32 bytes>.")
    signed = {**{name: headers[name] for name in STANDARD_HEADERS}, "webhook-signature": " ".join(parts)}
    reasons = [_refusal(secret, signed, body) for secret in secrets]
    if None not in reasons:
        raise SignatureRefused(next((reason for reason in reasons if reason), None))


def _refusal(secret: str, headers: dict[str, str], body: bytes) -> str | None:
    """Why the library refuses; it also raises exceptions that are not its own, so any counts."""
    try:
        Webhook(secret).verify(body, headers, json_parse=False)
    except Exception as error:
        if "timestamp" in str(error).lower():
            return "The header webhook-timestamp is more than five minutes off. Check the sender's clock."
        return (
            "The signature does not match. Check the secret, and sign exactly the bytes you send"
            " (webhook-id.webhook-timestamp.body)."
        )
    return None


def _is_canonical(part: str) -> bool:
    version, _, signature = part.partition(",")
    try:
        decoded = base64.b64decode(signature, validate=True)
    except (ValueError, binascii.Error):
        return False
    return version == "v1" and len(decoded) == 32 and base64.b64encode(decoded).decode() == signature


def _verify_hmac(
    settings: HmacSettings, secrets: Iterable[str], headers: Mapping[str, str], body: bytes, at: datetime
) -> None:
    given = headers.get(settings.header.lower())
    if not given:
        raise SignatureRefused(f"The header {settings.header} is missing.")
    if not given.startswith(settings.prefix):
        raise SignatureRefused(f"The header {settings.header} must start with {settings.prefix!r}.")
    signed = _signed_bytes(settings, headers, body, at)
    signature = given[len(settings.prefix) :].encode()
    expected = [each for secret in secrets for each in _expected(settings, secret, signed)]
    # All are compared, so that the time says nothing about which one matches.
    matches = [hmac.compare_digest(signature, each) for each in expected]
    if not any(matches):
        raise SignatureRefused(
            f"The signature does not match. Check the secret, sign exactly the bytes you send"
            f" ({settings.signed}), and use HMAC-SHA-256 in {settings.encoding}."
        )


def _expected(settings: HmacSettings, secret: str, signed: bytes) -> tuple[bytes, ...]:
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).digest()
    if settings.encoding == "base64":
        return (base64.b64encode(digest),)
    return (digest.hex().encode(), digest.hex().upper().encode())


def _signed_bytes(settings: HmacSettings, headers: Mapping[str, str], body: bytes, at: datetime) -> bytes:
    before, _, after = settings.signed.partition("{body}")
    timestamp = _timestamp(settings, headers, at) if settings.timestamp_header else ""
    message_id = headers.get(settings.message_id_header.lower(), "") if settings.message_id_header else ""
    ends = [end.replace("{timestamp}", timestamp).replace("{id}", message_id) for end in (before, after)]
    return ends[0].encode() + body + ends[1].encode()


def _timestamp(settings: HmacSettings, headers: Mapping[str, str], at: datetime) -> str:
    name = settings.timestamp_header or ""
    given = headers.get(name.lower(), "")
    if not _is_digits(given):
        raise SignatureRefused(f"The header {name} must be whole {settings.timestamp_unit} since 1970.")
    off_seconds = abs(int(given) / UNITS_PER_SECOND[settings.timestamp_unit] - at.timestamp())
    if off_seconds > settings.tolerance_seconds:
        raise SignatureRefused(
            f"The header {name} is over {settings.tolerance_seconds} seconds off. Check the sender's clock,"
            f" and whether `timestamp_unit` is {settings.timestamp_unit}."
        )
    return given


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= TIMESTAMP_DIGITS_MAX
