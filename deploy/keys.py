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

from shared.manifest import Secret, issuers_for, manifests, services_called_by
from shared.secrets import derive, key_of

SERVICES = tuple(manifests())


def role_names() -> tuple[str, ...]:
    """All database roles: of each service the owner, the role that it works under, and its further ones."""
    further = tuple(role.name for each in manifests().values() for role in each.roles)
    return (*SERVICES, *(f"{service}_owner" for service in SERVICES), *further)


def make_keys(folder: Path) -> None:
    """Make what is missing of all keys and secrets, each a file that only its owner can read."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    for user in ("postgres", "nats", *(f"{service}_nats" for service in SERVICES), *role_names()):
        write_unless_there(folder / f"{user}_password", secrets.token_urlsafe)
    for service in SERVICES:
        write_unless_there(folder / f"{service}_seal_key", random_key)
        if services_called_by(service):
            write_unless_there(folder / f"{service}_token_private_key.pem", signing_key)
    for service in SERVICES:
        if issuers := issuers_for(service):
            write_unless_there(
                folder / f"{service}_token_public_keys.json", partial(public_key_set, folder, issuers)
            )
    # A secret that is made from another comes after it, whichever service that one belongs to.
    for path, secret in sorted(secret_files(folder), key=lambda pair: bool(pair[1].source)):
        write_unless_there(path, partial(make_secret, folder, secret))


def secret_files(folder: Path) -> list[tuple[Path, Secret]]:
    """The secrets that the manifests name, each with its file in this folder."""
    return [
        (folder / f"{name}_{secret.setting}", secret)
        for name, service in manifests().items()
        for secret in service.secrets
    ]


def make_secret(folder: Path, secret: Secret) -> str:
    """A new secret, or one made from another in this folder, in base64."""
    match secret.kind:
        case "random":
            return random_key()
        case "x25519":
            return exchange_key()
        case "public" | "derived":
            return derive_secret((folder / secret.source).read_text(), secret)


def derive_secret(source: str, secret: Secret) -> str:
    """What a secret must be when it is made from another (both in base64)."""
    if secret.kind == "public":
        private = X25519PrivateKey.from_private_bytes(base64.b64decode(source))
        return base64.b64encode(private.public_key().public_bytes_raw()).decode()
    return base64.b64encode(derive(key_of(source.strip()), secret.purpose)).decode()


def write_unless_there(path: Path, make: Callable[[], str]) -> None:
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
    """Make 32 random bytes, in base64."""
    return base64.b64encode(secrets.token_bytes(32)).decode()


def signing_key() -> str:
    """Make an Ed25519 private key, as PEM."""
    key = Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def exchange_key() -> str:
    """Make an X25519 private key: its 32 bytes in base64."""
    return base64.b64encode(X25519PrivateKey.generate().private_bytes_raw()).decode()


def public_key_set(folder: Path, issuers: tuple[str, ...]) -> str:
    """The JWK set (RFC 7517) of the keys that these services sign with."""
    return json.dumps({"keys": [public_jwk(folder, issuer) for issuer in issuers]})


def public_jwk(folder: Path, issuer: str) -> dict[str, str]:
    """The public half of a service's signing key, as a JWK (RFC 8037)."""
    key = load_pem_private_key((folder / f"{issuer}_token_private_key.pem").read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError(f"the signing key of {issuer} must be an Ed25519 key")
    public: dict[str, str] = OKPAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return {**public, "kid": f"{issuer}-1", "use": "sig", "alg": "EdDSA"}
