"""The tokens by which services know who called, signed once in 30 seconds for each client and service."""

import time
from uuid import UUID

from shared.auth import Caller, TokenSigner

REUSED_SECONDS = 30


class Tokens:
    """Signed tokens, kept while they are good for at least half their time."""

    def __init__(self, signer: TokenSigner) -> None:
        self.signer = signer
        self.kept: dict[tuple[UUID | None, str], tuple[float, str]] = {}

    def authorization(self, caller: Caller, service: str) -> str:
        """Return the `Authorization` header for a call of this caller to a service."""
        known = self.kept.get((caller.client_id, service))
        moment = time.monotonic()
        if known is None or known[0] <= moment:
            known = moment + REUSED_SECONDS, f"Bearer {self.signer.sign(caller, service)}"
            self.kept[caller.client_id, service] = known
        return known[1]
