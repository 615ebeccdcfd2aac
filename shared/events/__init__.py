"""The contracts between the services. To import this package fills the catalogue."""

import pkgutil
from importlib import import_module

from shared.events.base import CATALOGUE, Audience, Envelope, Event

__all__ = ["Audience", "Envelope", "Event", "catalogue"]

# Each service has its events in a file of its own here.
for module in pkgutil.iter_modules(__path__, f"{__name__}."):
    import_module(module.name)


def catalogue() -> dict[str, type[Event]]:
    """Every event class by its type."""
    return dict(sorted(CATALOGUE.items()))
