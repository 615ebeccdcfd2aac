"""Opening who said it: only the worker that tells people has the key, and only while it does."""

import base64
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from pydantic import ValidationError

from services.feedback.contributors.sealing import SUITE, binding
from services.feedback.items.schemas import NewContributor


def private_key(encoded: str) -> X25519PrivateKey:
    """Return the key that contributors are opened with, from 32 bytes in base64."""
    return X25519PrivateKey.from_private_bytes(base64.b64decode(encoded, validate=True))


def opened(seal: bytes, feedback_id: UUID, key: X25519PrivateKey) -> NewContributor | None:
    """Return channel, address and needs; None when the seal is for another key or feedback."""
    try:
        return NewContributor.model_validate_json(SUITE.decrypt(seal, key, binding(feedback_id)))
    except (InvalidTag, ValidationError):
        return None
