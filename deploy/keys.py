"""Keys and secrets: made once into a private folder, one file each, and never made over."""

import base64
import json
import os
import secrets
from collections.abc import Callable
from functools import partial
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from jwt.algorithms import OKPAlgorithm

from services.feedback.replies.codes import ReplyKeys

SERVICES = ("registry", "feedback", "loop", "gateway")
# Whose tokens a service accepts. Feedback asks the registry for postcodes under a key of its own.
ISSUERS = {"registry": ("gateway", "feedback"), "feedback": ("gateway",), "loop": ("gateway",)}
PASSWORDS = (
    "postgres",
    "nats",
    "feedback_teller",
    *SERVICES,
    *(f"{service}_owner" for service in SERVICES),
)


def make_keys(folder: Path) -> None:
    """Make what is missing of all keys and secrets, each a file that only its owner can read."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    for user in PASSWORDS:
        keep(folder / f"{user}_password", secrets.token_urlsafe)
    for service in SERVICES:
        keep(folder / f"{service}_seal_key", random_key)
    keep(folder / "feedback_reply_key", random_key)
    keep(folder / "loop_reply_ref_key", partial(reply_ref_key, folder))
    for issuer in ("gateway", "feedback"):
        keep(folder / f"{issuer}_token_private_key.pem", signing_key)
    for service, issuers in ISSUERS.items():
        keep(folder / f"{service}_token_public_keys.json", partial(public_key_set, folder, issuers))
    make_contributor_keys(folder)


def make_contributor_keys(folder: Path) -> None:
    """Make the pair that contributors' details are sealed to (HPKE, X25519; raw keys in base64)."""
    private = folder / "feedback_contributor_private_key"
    keep(private, contributor_key)
    key = X25519PrivateKey.from_private_bytes(base64.b64decode(private.read_text()))
    keep(
        folder / "feedback_contributor_public_key",
        lambda: base64.b64encode(key.public_key().public_bytes_raw()).decode(),
    )


def keep(path: Path, make: Callable[[], str]) -> None:
    """Write a secret unless it is there; it appears whole or not at all."""
    if not path.exists():
        write_private(path, make())


def write_private(path: Path, text: str) -> None:
    """Replace a file with one that only its owner can read, from its first byte on."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    part.replace(path)


def random_key() -> str:
    """Return 32 random bytes in base64."""
    return base64.b64encode(secrets.token_bytes(32)).decode()


def reply_ref_key(folder: Path) -> str:
    """Return the key with which reply codes are found, and none can be made: the loop has this one alone."""
    keys = ReplyKeys((folder / "feedback_reply_key").read_text())
    return base64.b64encode(keys.ref_key).decode()


def signing_key() -> str:
    """Return a new Ed25519 private key as PEM."""
    key = Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def contributor_key() -> str:
    """Return a new X25519 private key: its 32 bytes in base64."""
    return base64.b64encode(X25519PrivateKey.generate().private_bytes_raw()).decode()


def public_key_set(folder: Path, issuers: tuple[str, ...]) -> str:
    """Return the JWK set (RFC 7517) of the keys that these services sign with."""
    return json.dumps({"keys": [public_jwk(folder, issuer) for issuer in issuers]})


def public_jwk(folder: Path, issuer: str) -> dict[str, str]:
    """Return the public half of a service's signing key as a JWK (RFC 8037)."""
    key = load_pem_private_key((folder / f"{issuer}_token_private_key.pem").read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError(f"the signing key of {issuer} has to be an Ed25519 key")
    public: dict[str, str] = OKPAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return {**public, "kid": f"{issuer}-1", "use": "sig", "alg": "EdDSA"}
