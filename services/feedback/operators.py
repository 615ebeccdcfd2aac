"""Who acts for the operator of Doorway, and the scope with which staff erase."""

from shared.auth import Caller

SCOPE = "clients:admin"
ERASE = "feedback:erase"


def is_operator(caller: Caller) -> bool:
    """Whether the caller acts for the operator: whoever may make a key for any body."""
    return SCOPE in caller.scopes
