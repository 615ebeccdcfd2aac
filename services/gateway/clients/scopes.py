"""What a client may do: the scopes that the manifests of the services name."""

from collections.abc import Iterable

from shared.manifest import manifests

SCOPES = {scope: meaning for service in manifests().values() for scope, meaning in service.scopes.items()}


def known_scopes(scopes: Iterable[str]) -> frozenset[str]:
    """The same scopes; ValueError that names those that do not exist."""
    if unknown := sorted(set(scopes) - SCOPES.keys()):
        raise ValueError(f"unknown scope: {', '.join(unknown)}")
    return frozenset(scopes)
