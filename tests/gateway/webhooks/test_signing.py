"""Secrets and signatures."""

import base64
import os
from datetime import timedelta

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from services.gateway.webhooks.signing import (
    SECRET_BYTES,
    SecretSealer,
    new_secret,
    secret_text,
    signed_headers,
)
from shared.clock import now
from shared.ids import new_id

BODY = '{"said": "naïve"}'


def test_a_secret_opens_only_for_its_own_endpoint_and_key() -> None:
    sealer, endpoint_id, secret = SecretSealer(key()), new_id(), new_secret()
    sealed = sealer.seal(endpoint_id, secret)
    assert secret not in sealed
    assert sealer.unseal(endpoint_id, sealed) == secret
    with pytest.raises(ValueError, match="cannot be opened"):
        sealer.unseal(new_id(), sealed)
    with pytest.raises(ValueError, match="cannot be opened"):
        SecretSealer(key()).unseal(endpoint_id, sealed)


def key() -> str:
    """A key as the settings hold it."""
    return base64.b64encode(os.urandom(32)).decode()


def test_secrets_are_long_and_shown_as_the_standard_says() -> None:
    secret = new_secret()
    assert len(secret) == SECRET_BYTES
    assert secret_text(secret).startswith("whsec_")
    assert base64.b64decode(secret_text(secret).removeprefix("whsec_")) == secret


def test_a_signature_is_what_the_standard_library_verifies() -> None:
    secret = new_secret()
    headers = signed_headers(new_id(), BODY, [secret], now())
    assert Webhook(secret_text(secret)).verify(BODY, headers) == {"said": "naïve"}


def test_while_a_secret_changes_both_verify() -> None:
    new, old = new_secret(), new_secret()
    headers = signed_headers(new_id(), BODY, [new, old], now())
    for secret in (new, old):
        Webhook(secret).verify(BODY, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(new_secret()).verify(BODY, headers)


@pytest.mark.parametrize("changed", ["webhook-id", "webhook-timestamp", "body"])
def test_whatever_is_changed_is_noticed(changed: str) -> None:
    secret = new_secret()
    headers = signed_headers(new_id(), BODY, [secret], now())
    body = BODY + " " if changed == "body" else BODY
    if changed in headers:
        headers[changed] = str(int(headers[changed]) + 1) if changed.endswith("timestamp") else "other"
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body, headers)


def test_an_old_one_is_refused_by_the_subscriber() -> None:
    secret = new_secret()
    headers = signed_headers(new_id(), BODY, [secret], now() - timedelta(minutes=6))
    with pytest.raises(WebhookVerificationError, match="too old"):
        Webhook(secret).verify(BODY, headers)
