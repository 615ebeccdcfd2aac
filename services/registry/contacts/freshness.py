"""How long what is known of a door can be trusted."""

from datetime import date, timedelta

from services.registry.contacts.schemas import Freshness

FRESH_FOR, AGEING_FOR = timedelta(days=90), timedelta(days=365)


def freshness(known_on: date, day: date) -> Freshness:
    """Return how fresh something is that was last known or verified on a day."""
    age = day - known_on
    if age <= FRESH_FOR:
        return "fresh"
    return "ageing" if age <= AGEING_FOR else "stale"
