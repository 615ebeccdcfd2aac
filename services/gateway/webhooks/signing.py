"""Secrets of endpoints, and the signatures that are made with them (Standard Webhooks)."""

import base64
import os
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from standardwebhooks import Webhook

from shared.secrets import derive, key_of, seal, unseal

SECRET_BYTES = 32


def new_secret() -> bytes:
    """Make the bytes of a secret."""
    return os.urandom(SECRET_BYTES)


def secret_text(secret: bytes) -> str:
    """A secret as its owner sees it, once."""
    return f"whsec_{base64.b64encode(secret).decode()}"


class SecretSealer:
    """Seals the secrets of endpoints: each opens only for its own endpoint."""

    def __init__(self, seal_key: str) -> None:
        self.key = derive(key_of(seal_key), "webhook secrets")

    def seal(self, endpoint_id: UUID, secret: bytes) -> bytes:
        """The secret as it is stored."""
        return seal(self.key, secret, endpoint_id.bytes)

    def unseal(self, endpoint_id: UUID, sealed: bytes) -> bytes:
        """A stored secret; ValueError when it belongs to another endpoint or the key is wrong."""
        return unseal(self.key, sealed, endpoint_id.bytes)


def signed_headers(delivery_id: UUID, body: str, secrets: Sequence[bytes], at: datetime) -> dict[str, str]:
    """The three headers by which a subscriber verifies that the body is ours, and when it was sent."""
    signatures = (Webhook(secret).sign(str(delivery_id), at, body) for secret in secrets)
    return {
        "webhook-id": str(delivery_id),
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
