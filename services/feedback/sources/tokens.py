"""Whether a sender showed one of the source's secrets, in a header or at the end of the address."""

import base64
import binascii
import hmac
from collections.abc import Iterable, Mapping

from services.feedback.errors import SignatureRefused
from services.feedback.sources.scheme_schemas import Scheme, TokenSettings

# Under this name the gateway passes on what a sender calls `Authorization`: it needs that header itself.
CREDENTIALS = "doorway-sender-authorization"


def verify_token(
    scheme: Scheme,
    settings: TokenSettings,
    secrets: Iterable[str],
    headers: Mapping[str, str],
    path_secret: str | None,
) -> None:
    """Accept one of the secrets where the scheme shows it.

    Raises SignatureRefused, which says what the sender should check and never what it sent.
    """
    if scheme == "secret-path":
        shown, advice = path_secret, "The address must end with the source's secret. Copy the whole address."
    elif scheme == "fixed-header":
        shown, advice = _in_header(settings, headers)
    elif scheme == "basic":
        shown, advice = _in_basic(settings, headers)
    else:
        shown = _after_word("bearer", headers)
        advice = "The header Authorization must be `Bearer`, a space, and the source's secret."
    given = (shown or "").encode()
    # All are compared, so that the time says nothing about which one matches.
    matches = [hmac.compare_digest(given, secret.encode()) for secret in secrets]
    if not any(matches):
        raise SignatureRefused(advice)


def _in_header(settings: TokenSettings, headers: Mapping[str, str]) -> tuple[str | None, str]:
    name, prefix = settings.header or "", settings.prefix
    given = headers.get(name.lower(), "")
    start = f"{prefix!r} and " if prefix else ""
    advice = f"The header {name} must be {start}the source's secret."
    return (given[len(prefix) :] if given.startswith(prefix) else None), advice


def _in_basic(settings: TokenSettings, headers: Mapping[str, str]) -> tuple[str | None, str]:
    advice = f"The user name must be {settings.username}, and the password the source's secret."
    try:
        pair = base64.b64decode(_after_word("basic", headers) or "", validate=True).decode()
    except (ValueError, binascii.Error):
        return None, advice
    username, _, password = pair.partition(":")
    is_known = hmac.compare_digest(username.encode(), (settings.username or "").encode())
    return (password if is_known else None), advice


def _after_word(word: str, headers: Mapping[str, str]) -> str | None:
    given, _, rest = headers.get(CREDENTIALS, "").partition(" ")
    return rest.strip(" ") if given.lower() == word else None
