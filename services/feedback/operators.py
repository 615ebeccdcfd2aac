"""Who acts for the operator of Doorway."""

from shared.auth import Caller

SCOPE = "clients:admin"


def is_operator(caller: Caller) -> bool:
    """Whether the caller acts for the operator: whoever may make a key for any body."""
    return SCOPE in caller.scopes
