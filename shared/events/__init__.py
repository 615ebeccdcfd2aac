"""The contracts between the services. Importing this package fills the catalogue."""

from shared.events import feedback, gateway, loop, registry
from shared.events.base import CATALOGUE, Audience, Envelope, Event

__all__ = ["Audience", "Envelope", "Event", "catalogue", "feedback", "gateway", "loop", "registry"]


def catalogue() -> dict[str, type[Event]]:
    """Return every event class by its type."""
    return dict(sorted(CATALOGUE.items()))
