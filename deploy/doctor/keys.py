"""Keys and secrets: all there, readable by their owner alone, and fitting each other."""

import base64
import json
import stat
from collections.abc import Iterator
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from jwt.algorithms import OKPAlgorithm

from deploy.doctor.deployment import Deployment
from deploy.doctor.fault import Fault
from deploy.keys import ISSUERS
from services.feedback.replies.codes import ReplyKeys

SERVICES_SETTINGS = ("REGISTRY_", "FEEDBACK_", "LOOP_", "GATEWAY_")


def keys(deployment: Deployment) -> list[Fault]:
    """Return what is wrong with keys and secrets."""
    named = {
        name: Path(value)
        for name, value in deployment.settings.items()
        if name.startswith(SERVICES_SETTINGS)
        and name.endswith("_FILE")
        and not name.endswith("_READY_FILE")
        and value
    }
    faults = [*missing(deployment, named), *too_open(deployment, named)]
    return faults + [
        Fault(
            "keys_differ", sentence, f"{deployment.next('set up')} (restore the one from your back-up first)"
        )
        for sentence in differing(deployment, named)
    ]


def missing(deployment: Deployment, named: dict[str, Path]) -> Iterator[Fault]:
    """Name each key whose file is not there."""
    for name, path in named.items():
        if not path.is_file():
            yield Fault(
                "key_missing",
                f"{path}, which {name} names, is not there.",
                f"restore it from your back-up; if this stack is new: {deployment.next('set up')}",
            )


def too_open(deployment: Deployment, named: dict[str, Path]) -> Iterator[Fault]:
    """Name each file of secrets that others than its owner can read."""
    for path in sorted({*named.values(), *deployment.private_files}):
        if path.is_file() and (mode := stat.S_IMODE(path.stat().st_mode)) & 0o077:
            yield Fault(
                "key_too_open", f"{path} has mode {mode:04o}: others can read it.", f"chmod 600 {path}"
            )


def differing(deployment: Deployment, named: dict[str, Path]) -> Iterator[str]:
    """Say which keys do not fit each other; a pair of which one is not there is left out."""
    texts = {name: path.read_text() for name, path in named.items() if path.is_file()}
    for service, issuers in ISSUERS.items():
        accepted = texts.get(f"{service.upper()}_TOKEN_PUBLIC_KEYS_FILE")
        for issuer in issuers:
            own = texts.get(f"{issuer.upper()}_TOKEN_PRIVATE_KEY_FILE")
            kid = deployment.settings.get(f"{issuer.upper()}_TOKEN_KEY_ID", f"{issuer}-1")
            if own and accepted and public_of(own) != accepted_as(accepted, kid):
                yield f"{service} does not accept what {issuer} signs: its key set has another {kid}."
    yield from differing_of_feedback(texts)


def differing_of_feedback(texts: dict[str, str]) -> Iterator[str]:
    """Say which of feedback's own keys do not fit each other."""
    private = texts.get("FEEDBACK_CONTRIBUTOR_PRIVATE_KEY_FILE")
    public = texts.get("FEEDBACK_CONTRIBUTOR_PUBLIC_KEY_FILE")
    if private and public and raw_public_of(private) != public.strip():
        yield "Contributors are sealed to a key whose other half is not ours: nobody could be told."
    reply, ref = texts.get("FEEDBACK_REPLY_KEY_FILE"), texts.get("LOOP_REPLY_REF_KEY_FILE")
    if reply and ref and base64.b64encode(ReplyKeys(reply.strip()).ref_key).decode() != ref.strip():
        yield "The loop finds reply codes with a key that is not derived from feedback's: no verdict arrives."


def public_of(private_pem: str) -> str | None:
    """Return the public half of a signing key, as a JWK has it; None for another kind of key."""
    key = load_pem_private_key(private_pem.encode(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        return None
    return str(OKPAlgorithm.to_jwk(key.public_key(), as_dict=True)["x"])


def accepted_as(jwk_set: str, kid: str) -> str:
    """Return the public key that a set has under this id, nothing when it has none."""
    return next((str(key["x"]) for key in json.loads(jwk_set)["keys"] if key.get("kid") == kid), "")


def raw_public_of(private: str) -> str:
    """Return the public half of a contributors' key, in base64."""
    key = X25519PrivateKey.from_private_bytes(base64.b64decode(private))
    return base64.b64encode(key.public_key().public_bytes_raw()).decode()
