"""What can be wrong with clients and keys."""

from shared.errors import Conflict, Unauthorised


class KeyUnknown(Unauthorised):
    """This key is not known, was revoked or is not well formed: send `Authorization: Bearer <key>`."""

    def __init__(self) -> None:
        super().__init__(headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})


class TwoKeysLive(Conflict):
    """This client already has two live keys: revoke one first."""
