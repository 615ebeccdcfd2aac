"""Entries of a directory that stand nowhere else."""

from dataclasses import replace
from datetime import date
from typing import Any

from services.registry.directory.domain import Entry
from services.registry.models import Appointment, Contact
from shared.ids import new_id
from tests.registry.a_body import BOARD

DAY = date(2026, 11, 23)


def door(**more: Any) -> Contact:
    """Return a door."""
    given = {
        "id": new_id(),
        "channel": "email",
        "value": "hello@example.org",
        "purpose": "enquiries",
        "accessible": [],
        "hours": None,
        "known_on": DAY,
        "verified_on": None,
        "source": "a page",
    }
    return Contact(**given | more)


def leader(**more: Any) -> Appointment:
    """Return somebody who leads."""
    given = {
        "role": "chair",
        "status": "confirmed",
        "holder": "A Person",
        "as_published": None,
        "known_on": DAY,
        "source": "a page",
    }
    return Appointment(**given | more)


def entry(name: str = "A board", doors: Any = (), leaders: Any = (), **more: Any) -> Entry:
    """Return a body with its doors and leaders."""
    body = replace(BOARD, id=new_id(), name=name, **more)
    return Entry(body=body, footprint=body, leaders=list(leaders), contacts=list(doors), day=DAY)
