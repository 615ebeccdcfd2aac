"""What the value of a contact must look like, by its channel."""

import contextlib
import re
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

import phonenumbers

from shared.schemas import one_line

VALUE_CHARS_MAX = 500
# One address as mail servers take it (RFC 5322 §3.4.1, without quotes, comments and names).
ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
EMAIL = re.compile(rf"(?=.{{3,254}}\Z){ATOM}(?:\.{ATOM})*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
# What is dialled before a number to reach it through Relay UK.
RELAY_PREFIX = re.compile(r"^\s*18001[\s-]*")


def email(given: str) -> str:
    """One plain address: a list, or a header, would tell others."""
    if not EMAIL.fullmatch(given):
        raise ValueError("an e-mail address is one plain address, as jo@example.org")
    return given


def phone(given: str) -> str:
    """A telephone number in E.164, with `;ext=` (RFC 3966) if it has one; without a country it is British."""
    try:
        number = phonenumbers.parse(given, "GB")
    except phonenumbers.NumberParseException as error:
        raise ValueError("must be a telephone number, as 0191 496 0000") from error
    if not phonenumbers.is_valid_number(number):
        raise ValueError("no such telephone number can be dialled: check its digits")
    dialled = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    extension = phonenumbers.normalize_digits_only(number.extension or "")
    return f"{dialled};ext={extension}" if extension else dialled


def relay(given: str) -> str:
    """The number that is reached through Relay UK, without the 18001 that is dialled before it."""
    return phone(RELAY_PREFIX.sub("", given))


def address(given: str) -> str:
    """An address of the web, whole and without somebody's password in it."""
    try:
        parts = urlsplit(given)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise ValueError("is not an address of the web") from error
    if parts.scheme not in ("http", "https") or not host or port == 0:
        raise ValueError("must be an address of the web, as https://example.org/contact")
    if parts.username is not None or re.search(r"[\s\\]", given) or not given.isprintable():
        raise ValueError("must be a plain address of the web, without spaces and user names")
    return given


CHECKS: Mapping[str, Callable[[str], str]] = {
    "email": email,
    "phone": phone,
    "textphone": phone,
    "relay": relay,
    "web": address,
    "form": address,
    "post": one_line,
    "in_person": one_line,
}


def value_of(channel: str, given: str) -> str:
    """A contact's value as it is kept; ValueError when it cannot lead anywhere."""
    if not 3 <= len(given) <= VALUE_CHARS_MAX:
        raise ValueError(f"must have 3 to {VALUE_CHARS_MAX} characters")
    return CHECKS[channel](given)


def value_of_source(channel: str, written: str) -> str:
    """A contact's value as an import keeps it: a number that can be dialled in E.164, the rest as it is."""
    with contextlib.suppress(ValueError):
        return phone(written) if CHECKS[channel] is phone else written
    return written


def sameness_of(channel: str, value: str) -> str:
    """By what two values of a channel are one: imports keep what a source wrote as it is."""
    with contextlib.suppress(ValueError):
        value = value_of(channel, value)
    return " ".join(value.casefold().split()).rstrip("/")


def is_published(source: str) -> bool:
    """Whether a source is an address that everybody can look at safely."""
    try:
        return urlsplit(address(source)).scheme == "https"
    except ValueError:
        return False
