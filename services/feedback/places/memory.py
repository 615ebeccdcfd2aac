"""What a process remembers of bodies, so that intake need not ask the database each time."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID


class Memory:
    """The bodies that references were last resolved to, each for half a minute."""

    SECONDS = 30
    REMEMBERED_MAX = 20_000
    # Whoever waits for a body to arrive holds a database connection: a flood must not hold them all.
    WAITING_MAX = 3

    def __init__(self) -> None:
        self.waiting = 0
        self.known: dict[tuple[str, str], tuple[float, UUID]] = {}

    def recall(self, kind: str, ref: str) -> UUID | None:
        """Return the body that a reference stood for a moment ago."""
        until, body_id = self.known.get((kind, ref), (0.0, None))
        return body_id if until > time.monotonic() else None

    @contextmanager
    def waits(self) -> Iterator[bool]:
        """Take a place among those who wait for a body to arrive; False when all are taken."""
        admitted = self.waiting < self.WAITING_MAX
        self.waiting += admitted
        try:
            yield admitted
        finally:
            self.waiting -= admitted

    def remember(self, kind: str, ref: str, body_id: UUID) -> UUID:
        """Keep what a reference stands for, and return it."""
        if len(self.known) >= self.REMEMBERED_MAX:
            self.known.clear()
        self.known[(kind, ref)] = (time.monotonic() + self.SECONDS, body_id)
        return body_id
