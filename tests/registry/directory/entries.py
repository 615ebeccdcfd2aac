"""Entries of a directory that stand nowhere else."""

from datetime import date
from types import SimpleNamespace
from typing import Any

from services.registry.directory.domain import Entry
from services.registry.models import Appointment, Contact
from shared.ids import new_id

DAY = date(2026, 11, 23)


def door(**more: Any) -> Contact:
    """Return a door."""
    given = {
        "id": new_id(), "channel": "email", "value": "hello@example.org", "purpose": "enquiries",
        "accessible": [], "hours": None, "known_on": DAY, "verified_on": None, "source": "a page",
    }  # fmt: skip
    return Contact(**given | more)


def leader(**more: Any) -> Appointment:
    """Return somebody who leads."""
    given = {
        "role": "chair", "status": "confirmed", "holder": "A Person", "as_published": None, "known_on": DAY,
        "source": "a page",
    }  # fmt: skip
    return Appointment(**given | more)


def entry(name: str = "A board", doors: Any = (), leaders: Any = (), **more: Any) -> Entry:
    """Return a body with its doors and leaders."""
    given = {
        "id": new_id(), "kind": "icb", "name": name, "ods": "QHM", "ons": None, "valid_from": DAY,
        "valid_to": None, "edition": "ICB2026", "region": "North", "residents": 5, "demonstration": False,
        "is_footprint": True,
    }  # fmt: skip
    body = SimpleNamespace(**given | more)
    return Entry(body=body, footprint=body, leaders=list(leaders), doors=list(doors), day=DAY)
