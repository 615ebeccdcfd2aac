"""Sealing contributors with HPKE (RFC 9180): only the worker that tells people has the key to open them."""

import base64
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from pydantic import ValidationError

from services.feedback.contributors.schemas import NewContributor, StoredContributor

SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def read_public_key(encoded: str) -> X25519PublicKey:
    """The key that contributors are sealed to, from PEM or from 32 bytes in base64."""
    if not encoded.startswith("-----BEGIN"):
        return X25519PublicKey.from_public_bytes(base64.b64decode(encoded, validate=True))
    key = load_pem_public_key(encoded.encode())
    if not isinstance(key, X25519PublicKey):
        raise TypeError("contributors are sealed to an X25519 key")
    return key


def read_private_key(encoded: str) -> X25519PrivateKey:
    """The key that opens contributors, from 32 bytes in base64."""
    return X25519PrivateKey.from_private_bytes(base64.b64decode(encoded, validate=True))


def binding_of_feedback(feedback_id: UUID) -> bytes:
    """What a seal is bound to, so that it opens for this piece of feedback alone."""
    return b"doorway contributor " + feedback_id.bytes


def seal_contributor(contributor: NewContributor, feedback_id: UUID, key: X25519PublicKey) -> bytes:
    """Seal channel, address and needs."""
    return SUITE.encrypt(contributor.model_dump_json().encode(), key, binding_of_feedback(feedback_id))


def open_contributor(seal: bytes, feedback_id: UUID, key: X25519PrivateKey) -> StoredContributor | None:
    """Channel, address and needs; None if the seal belongs to another key or another piece of feedback."""
    try:
        content = SUITE.decrypt(seal, key, binding_of_feedback(feedback_id))
        return StoredContributor.model_validate_json(content)
    except (InvalidTag, ValidationError):
        return None
