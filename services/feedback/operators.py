"""Who acts for the operator of Doorway, and the scope with which staff erase."""

from shared.auth import Caller

ERASE = "feedback:erase"


def is_operator(caller: Caller) -> bool:
    """Whether the caller acts for the operator: only `doorway client create` gives this scope."""
    return "operator" in caller.scopes
