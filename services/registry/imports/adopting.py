"""Finds the bodies that a steward registered before a file knew them: they are adopted, not doubled."""

from typing import Any

from services.registry.imports.facts import Catalogue
from services.registry.imports.known import Known
from services.registry.models import BodyCode

BY_HAND = "hand/"


def adopt(catalogue: Catalogue, known: Known) -> None:
    """Let each body that the files tell of for the first time be one that was registered under its code."""
    registered = by_codes(known)
    for key, body in catalogue.bodies.items():
        if key in known.bodies or body.is_known:
            continue
        codes = [("ods", each.value) for each in body.ods] + [("ons", each.value) for each in body.ons]
        for scheme, code in codes:
            row = registered.pop((body.kind, scheme, code), None)
            if row is not None and row.key in known.bodies:
                known.bodies[key] = known.bodies.pop(row.key)
                break


def by_codes(known: Known) -> dict[tuple[str, str, str], Any]:
    """Return the open bodies that were registered under a key of their own, by kind and code.

    One that was invented to show how things work is nobody's.
    """
    found = {}
    for key, row in known.bodies.items():
        is_open = row.closed_on is None and row.withdrawn_at is None
        if key.startswith(BY_HAND) and is_open and not row.demonstration:
            for each in known.said(row.id, BodyCode):
                if each.valid_to is None:
                    found[(row.kind, each.scheme, each.code)] = row
    return found
