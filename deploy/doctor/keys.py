"""Keys and secrets: present, readable by their owner alone, and matching each other."""

import json
import stat
from collections.abc import Iterator
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from jwt.algorithms import OKPAlgorithm

from deploy.doctor.deployment import Deployment, Fault
from deploy.keys import SERVICES, derive_secret
from shared.manifest import issuers_for, manifests

SETTINGS = tuple(f"{service.upper()}_" for service in SERVICES)


def check_keys(deployment: Deployment) -> list[Fault]:
    """What is wrong with keys and secrets."""
    named = {
        name: Path(value)
        for name, value in deployment.settings.items()
        if name.startswith(SETTINGS) and name.endswith("_FILE") and not name.endswith("_READY_FILE") and value
    }
    faults = [*find_missing_keys(deployment, named), *find_readable_keys(deployment, named)]
    return faults + [
        Fault(
            "keys_differ", sentence, f"{deployment.next('set up')} (restore the one from your back-up first)"
        )
        for sentence in find_differing_keys(deployment, named)
    ]


def find_missing_keys(deployment: Deployment, named: dict[str, Path]) -> Iterator[Fault]:
    """Name each key whose file is not there."""
    for name, path in named.items():
        if not path.is_file():
            yield Fault(
                "key_missing",
                f"The file {path}, which {name} names, does not exist.",
                f"restore it from your back-up; if this stack is new: {deployment.next('set up')}",
            )


def find_readable_keys(deployment: Deployment, named: dict[str, Path]) -> Iterator[Fault]:
    """Name each file of secrets that others than its owner can read."""
    for path in sorted({*named.values(), *deployment.private_files}):
        if path.is_file() and (mode := stat.S_IMODE(path.stat().st_mode)) & 0o077:
            yield Fault(
                "key_too_open", f"{path} has mode {mode:04o}: others can read it.", f"chmod 600 {path}"
            )


def find_differing_keys(deployment: Deployment, named: dict[str, Path]) -> Iterator[str]:
    """Say which keys do not match; a pair with a missing key is left out."""
    texts = {name: path.read_text() for name, path in named.items() if path.is_file()}
    for service in SERVICES:
        accepted = texts.get(f"{service.upper()}_TOKEN_PUBLIC_KEYS_FILE")
        for issuer in issuers_for(service):
            own = texts.get(f"{issuer.upper()}_TOKEN_PRIVATE_KEY_FILE")
            kid = deployment.settings.get(f"{issuer.upper()}_TOKEN_KEY_ID", f"{issuer}-1")
            if own and accepted and public_half_of_key(own) != find_accepted_key(accepted, kid):
                yield f"{service} does not accept what {issuer} signs: its key set has another {kid}."
    yield from find_unfit_secrets(texts)


def find_unfit_secrets(texts: dict[str, str]) -> Iterator[str]:
    """Say what goes wrong with each secret that is not made from the one that its manifest names."""
    files = {
        f"{name}_{secret.setting}": (f"{name}_{secret.setting}_FILE".upper(), secret)
        for name, service in manifests().items()
        for secret in service.secrets
    }
    for setting, secret in files.values():
        if secret.source:
            source, own = texts.get(files[secret.source][0]), texts.get(setting)
            if source and own and derive_secret(source, secret) != own.strip():
                yield secret.if_it_differs


def public_half_of_key(private_pem: str) -> str | None:
    """The public half of a signing key, as a JWK has it; None for another kind of key."""
    key = load_pem_private_key(private_pem.encode(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        return None
    return str(OKPAlgorithm.to_jwk(key.public_key(), as_dict=True)["x"])


def find_accepted_key(jwk_set: str, kid: str) -> str:
    """The public key that a set has under this id, nothing when it has none."""
    return next((str(key["x"]) for key in json.loads(jwk_set)["keys"] if key.get("kid") == kid), "")
