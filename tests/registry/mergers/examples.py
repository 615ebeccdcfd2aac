"""Mergers that are declared in tests; none of them has happened."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from typing import Any

from services.registry.mergers.schemas import NewMerger
from shared.clock import clock

DAY = date(2029, 4, 1)
EVE = date(2029, 3, 31)
NORTH = {"name": "NHS North Integrated Care Board (invented)", "ods": "N9N1A", "ons": "E54009001"}


def link(predecessor: str, successor: str, share: float = 1, **more: Any) -> dict[str, Any]:
    """Return a link by ODS codes."""
    return {"predecessor": f"ods:{predecessor}", "successor": f"ods:{successor}", "share": share, **more}


MERGING: dict[str, Any] = {
    "effective_on": DAY.isoformat(),
    "reason": "The boards decided to merge (invented).",
    "source": "the boards' papers (invented)",
    "successors": [NORTH],
    "links": [link("QE1", "N9N1A"), link("QHM", "N9N1A")],
}
SPLITTING: dict[str, Any] = MERGING | {"links": [link("QE1", "N9N1A", 0.6), link("QE1", "QOP", 0.4)]}


def merger(declared: dict[str, Any] = MERGING, **changes: Any) -> NewMerger:
    """Return a merger as it is declared."""
    return NewMerger.model_validate(declared | changes)


@contextmanager
def on(day: date) -> Iterator[None]:
    """Let it be noon of a day."""
    before, clock.source = clock.source, lambda: datetime.combine(day, time(12), UTC)
    try:
        yield
    finally:
        clock.source = before
