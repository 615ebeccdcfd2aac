"""How far what is known of a door can be trusted."""

from datetime import date, timedelta

from services.registry.contacts.schemas import ContactOut, Freshness
from services.registry.models import Contact

FRESH_FOR, AGEING_FOR = timedelta(days=90), timedelta(days=365)


def freshness(known_on: date, day: date) -> Freshness:
    """Return how fresh something is that was last known or verified on a day."""
    age = day - known_on
    if age <= FRESH_FOR:
        return "fresh"
    return "ageing" if age <= AGEING_FOR else "stale"


def freshness_of(contact: Contact, day: date) -> Freshness:
    """Return how fresh a contact is: by when it was verified, else by when its source published it."""
    return freshness(contact.verified_on or contact.known_on, day)


def told(contact: Contact, day: date) -> ContactOut:
    """Return a contact as it is told on a day."""
    return ContactOut.model_validate({**vars(contact), "freshness": freshness_of(contact, day)})
