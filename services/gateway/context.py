"""What the entrance finds out about a request before anything answers it."""

from dataclasses import dataclass
from uuid import UUID

from starlette.types import Scope

from services.gateway.table import OWN, ServiceRoute
from shared.auth import Caller

SCOPE_KEY = "doorway.request"
ANONYMOUS = Caller()


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A key with the caller that it stands for."""

    id: UUID
    secret_sha256: bytes
    revoked: bool
    caller: Caller


@dataclass(slots=True)
class RequestContext:
    """One request: its origin, its route and its caller."""

    address: str
    line: str  # what limits count for the address
    network_mark: str | None = None  # for a route that tells its service the network
    destination: ServiceRoute | None = None
    key: KnownKey | None = None
    caller: Caller = ANONYMOUS

    @property
    def passes_through(self) -> bool:
        """Whether another service answers it."""
        return self.destination is not None and self.destination.service != OWN

    @property
    def limit(self) -> str | None:
        """The limit that its route names, if the route names one."""
        return self.destination.route.limit if self.destination else None

    @property
    def is_signed(self) -> bool:
        """Whether its sender signs the body, so that no key is read."""
        return self.destination is not None and self.destination.route.signed


def request_context(scope: Scope) -> RequestContext:
    """What the entrance found out about this request."""
    context: RequestContext = scope[SCOPE_KEY]
    return context
