"""Sealing who said it, with HPKE (RFC 9180): only the worker that tells people has the key to open it."""

import base64
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from services.feedback.items.schemas import NewContributor

SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def public_key(encoded: str) -> X25519PublicKey:
    """Return the key that contributors are sealed to, from PEM or from 32 bytes in base64."""
    if not encoded.startswith("-----BEGIN"):
        return X25519PublicKey.from_public_bytes(base64.b64decode(encoded, validate=True))
    key = load_pem_public_key(encoded.encode())
    if not isinstance(key, X25519PublicKey):
        raise TypeError("contributors are sealed to an X25519 key")
    return key


def binding(feedback_id: UUID) -> bytes:
    """Return what a seal is bound to: it opens for this piece of feedback alone."""
    return b"doorway contributor " + feedback_id.bytes


def sealed(contributor: NewContributor, feedback_id: UUID, key: X25519PublicKey) -> bytes:
    """Seal channel, address and needs."""
    return SUITE.encrypt(contributor.model_dump_json().encode(), key, binding(feedback_id))
