"""Sealing and keyed hashes, for what must be kept but not readable, or found but not stored."""

import base64
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12


def key_of(encoded: str) -> bytes:
    """The 32 bytes of a key in base64; ValueError when there are not 32."""
    key = base64.b64decode(encoded, validate=True)
    if len(key) != 32:  # AES-256 (FIPS 197)
        raise ValueError("a key must be 32 bytes in base64")
    return key


def derive(key: bytes, *purpose: str) -> bytes:
    """A key for one purpose, made from another key (HMAC-SHA-256)."""
    return hmac.digest(key, "\x1f".join(purpose).encode(), "sha256")


def seal(key: bytes, plain: bytes, bound_to: bytes = b"") -> bytes:
    """Seal bytes (AES-256-GCM); only the same `bound_to` opens them."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, bound_to)


def unseal(key: bytes, sealed: bytes, bound_to: bytes = b"") -> bytes:
    """Open sealed bytes; ValueError when the key or the binding differs, or the bytes were changed."""
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound_to)
    except InvalidTag as error:
        raise ValueError("this cannot be opened with that key") from error
