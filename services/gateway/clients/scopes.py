"""What a client may do."""

from collections.abc import Iterable

SCOPES = {
    "registry:read": "Read what of the registry is not public.",
    "registry:write": "Register, correct and end bodies, appointments and contacts.",
    "feedback:read": "Read your own organisation's feedback before it is published.",
    "feedback:write": "Send feedback, and moderate your own organisation's.",
    "feedback:identify": "Read text as it was given, without masks; each use is audited.",
    "loop:read": "Read your own organisation's loops before they are public.",
    "loop:write": "Work on your own organisation's loops.",
    "loop:raise": "Open a loop with any body.",
    "loop:verify": "Judge evidence that others gave.",
    "sources:manage": "Set up the systems that send feedback in.",
    "webhooks:manage": "Set up endpoints that are told of events.",
    "clients:admin": "Make clients and keys for any organisation.",
}


def known_scopes(scopes: Iterable[str]) -> frozenset[str]:
    """Return the scopes; ValueError naming those that do not exist."""
    if unknown := sorted(set(scopes) - SCOPES.keys()):
        raise ValueError(f"unknown scope: {', '.join(unknown)}")
    return frozenset(scopes)
