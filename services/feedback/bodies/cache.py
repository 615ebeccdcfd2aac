"""A short memory of references, so that giving feedback does not query the database each time."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Literal
from uuid import UUID

from services.feedback.bodies.homes import Homes

BodyKind = Literal["footprint", "organisation"]


class BodyCache:
    """The body that each reference led to, for half a minute."""

    SECONDS = 30
    ENTRIES_MAX = 20_000
    # A request that waits for a body to arrive holds a database connection: a flood must not hold them all.
    WAITING_MAX = 3

    def __init__(self) -> None:
        self.waiting = 0
        self.entries: dict[tuple[BodyKind, str], tuple[float, UUID]] = {}
        self.ways: dict[tuple[BodyKind, str], tuple[float, list[UUID]]] = {}
        self.invented: set[UUID] = set()
        self.homes: dict[UUID, Homes] = {}

    def recall(self, kind: BodyKind, ref: str) -> UUID | None:
        """The body that a reference led to less than half a minute ago."""
        until, body_id = self.entries.get((kind, ref), (0.0, None))
        return body_id if until > time.monotonic() else None

    def remember(self, kind: BodyKind, ref: str, body_id: UUID) -> UUID:
        """Remember the body that a reference leads to, and return it."""
        if len(self.entries) >= self.ENTRIES_MAX:
            self.entries.clear()
        self.entries[(kind, ref)] = (time.monotonic() + self.SECONDS, body_id)
        return body_id

    def recall_way(self, kind: BodyKind, ref: str) -> list[UUID] | None:
        """The body that a reference named less than half a minute ago, and its heirs."""
        until, bodies = self.ways.get((kind, ref), (0.0, []))
        return bodies if until > time.monotonic() else None

    def remember_way(self, kind: BodyKind, ref: str, bodies: list[UUID]) -> list[UUID]:
        """Remember the body that a reference names and its heirs, and return them."""
        if len(self.ways) >= self.ENTRIES_MAX:
            self.ways.clear()
        self.ways[(kind, ref)] = (time.monotonic() + self.SECONDS, bodies)
        return bodies

    def mark_invented(self, body_id: UUID, *, invented: bool) -> None:
        """Remember whether an organisation exists only to demonstrate."""
        (self.invented.add if invented else self.invented.discard)(body_id)

    def remember_homes(self, body_id: UUID, homes: Homes) -> None:
        """Remember the footprints that an organisation was in."""
        self.homes[body_id] = homes

    def home_of(self, organisations: Iterable[UUID], day: date) -> UUID | None:
        """The footprint on a day of the first organisation that was in one."""
        homes = (self.homes[each].footprint_on(day) for each in organisations if each in self.homes)
        return next((each for each in homes if each), None)

    @contextmanager
    def waiting_place(self) -> Iterator[bool]:
        """Take one of the few places to wait for a body to arrive; False if all are taken."""
        admitted = self.waiting < self.WAITING_MAX
        self.waiting += admitted
        try:
            yield admitted
        finally:
            self.waiting -= admitted
