"""What is known of a request before anything answers it."""

from dataclasses import dataclass

from starlette.types import Scope

from services.gateway.clients.keyring import KnownKey
from services.gateway.proxy.table import OWN, ServiceRoute
from shared.auth import Caller
from shared.errors import Problem

KEY = "doorway.visit"
ANONYMOUS = Caller()


@dataclass(slots=True)
class Visit:
    """One request: where it comes from and where it goes, whose it is, and why it is refused, if it is."""

    address: str
    destination: ServiceRoute | None = None
    key: KnownKey | None = None
    caller: Caller = ANONYMOUS
    refusal: Problem | None = None

    @property
    def passes(self) -> bool:
        """Whether another service answers it."""
        return self.destination is not None and self.destination.service != OWN


def visit_of(scope: Scope) -> Visit:
    """Return what the entrance knows of this request."""
    visit: Visit = scope[KEY]
    return visit
