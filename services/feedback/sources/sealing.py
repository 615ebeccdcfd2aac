"""Sealing what nobody may read in the database: a source's secrets and the bytes of its payloads."""

import base64
import hashlib
import hmac
import secrets
from uuid import UUID

from shared.secrets import derive, key_of, seal, unseal

SECRET_BYTES = 32


class SourceSeals:
    """Seals and opens with keys made from the service's one sealing key, each for one purpose."""

    def __init__(self, seal_key: str) -> None:
        key = key_of(seal_key)
        self.secret_key = derive(key, "source secret")
        self.body_key = derive(key, "source body")
        self.digest_key = derive(key, "source body digest")
        self.message_key = derive(key, "source message id")
        self.kept_id_key = derive(key, "source message id kept")
        self.value_key = derive(key, "source value")

    def seal_secret(self, source_id: UUID, secret: str) -> bytes:
        """Seal a signing secret for its source."""
        return seal(self.secret_key, secret.encode(), source_id.bytes)

    def open_secret(self, source_id: UUID, sealed: bytes) -> str:
        """Open a signing secret."""
        return unseal(self.secret_key, sealed, source_id.bytes).decode()

    def seal_body(self, received_id: UUID, body: bytes) -> bytes:
        """Seal the bytes of a payload."""
        return seal(self.body_key, body, received_id.bytes)

    def open_body(self, received_id: UUID, sealed: bytes) -> bytes:
        """Open the bytes of a payload."""
        return unseal(self.body_key, sealed, received_id.bytes)

    def seal_message_id(self, received_id: UUID, message_id: str) -> bytes:
        """Seal the id that a sender gave a payload."""
        return seal(self.kept_id_key, message_id.encode(), received_id.bytes)

    def open_message_id(self, received_id: UUID, sealed: bytes) -> str:
        """Open the id that a sender gave a payload."""
        return unseal(self.kept_id_key, sealed, received_id.bytes).decode()

    def seal_value(self, received_id: UUID, value: str) -> bytes:
        """Seal a value of a payload that could not be mapped."""
        return seal(self.value_key, value.encode(errors="replace"), received_id.bytes)

    def open_value(self, received_id: UUID, sealed: bytes) -> str:
        """Open a value that could not be mapped."""
        return unseal(self.value_key, sealed, received_id.bytes).decode()

    def digest_of_body(self, source_id: UUID, body: bytes) -> bytes:
        """The digest that identifies a source's body; it says nothing without the key."""
        return hmac.new(self.digest_key, source_id.bytes + body, hashlib.sha256).digest()

    def ref_of_message(self, source_id: UUID, message_id: str) -> str:
        """The keyed hash by which a source's message is known after its id is gone."""
        return derive(self.message_key, source_id.hex, message_id)[:16].hex()


def new_secret(scheme: str) -> str:
    """A new secret in the form that senders of the scheme expect."""
    fresh = secrets.token_bytes(SECRET_BYTES)
    return f"whsec_{base64.b64encode(fresh).decode()}" if scheme == "standard-webhooks" else fresh.hex()
