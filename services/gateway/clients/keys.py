"""A key's form: `dw_<id>_<secret>`, of which only the SHA-256 of the secret is kept."""

import hashlib
import re
import secrets
from typing import NamedTuple
from uuid import UUID

SECRET_BYTES = 24
FORM = re.compile(r"dw_([0-9a-f]{32})_([0-9a-f]{48})")


class PresentedKey(NamedTuple):
    """A key as a caller sent it, not yet compared with any."""

    id: UUID
    secret_sha256: bytes


def make_secret() -> str:
    """Make a secret of 192 random bits."""
    return secrets.token_hex(SECRET_BYTES)


def hash_secret(secret: str) -> bytes:
    """The hash of a secret that is kept; a secret is random, so one round of SHA-256 is enough."""
    return hashlib.sha256(secret.encode()).digest()


def key_text(key_id: UUID, secret: str) -> str:
    """The key as its owner sees it, once."""
    return f"dw_{key_id.hex}_{secret}"


def parse_key(text: str) -> PresentedKey | None:
    """The parts of a key; None unless the text has exactly the form of one."""
    if not (found := FORM.fullmatch(text)):
        return None
    return PresentedKey(UUID(hex=found.group(1)), hash_secret(found.group(2)))
