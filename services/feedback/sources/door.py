"""What the way in knows of the sources, kept in memory for a moment, and the refusals it writes down."""

import time
from dataclasses import dataclass
from uuid import UUID

from services.feedback.sources.errors import SourceNotFound
from services.feedback.sources.schemas import HmacSettings
from services.feedback.sources.sealing import Seals
from services.feedback.sources.statements import Pool, Refused, look_up, refuse
from shared.clock import now
from shared.errors import Problem

REMEMBERED_SECONDS = 1.0
# A wrong signature may mean that the secret has just been changed: but an attack must not ask each time.
AFRESH_SECONDS = 0.1
REMEMBERED_MAX = 1000
REFUSALS_PER_SECOND = 5


@dataclass(frozen=True, slots=True)
class Door:
    """One source, as the way in needs it."""

    source_id: UUID
    is_live: bool
    hmac: HmacSettings | None
    secrets: tuple[str, ...]
    success_status: int
    looked_up_at: float


class Refusals:
    """Writes refusals down, but no more than a few a second: the others of an attack are only counted."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.lately: dict[UUID, tuple[int, int, int]] = {}

    async def note(self, source_id: UUID, refusal: Problem) -> None:
        """Write down when and why, never what was posted."""
        unrecorded = self.admit(source_id, int(time.monotonic()))
        if unrecorded is None:
            return
        parts = [refusal.detail, *(error.detail for error in refusal.errors)]
        detail = " ".join(dict.fromkeys(parts))
        await refuse(self.pool, Refused(source_id, now(), refusal.status, refusal.code, detail, unrecorded))

    def admit(self, source_id: UUID, second: int) -> int | None:
        """Return how many were only counted before this one, or None to only count this one too."""
        last, written, counted = self.lately.get(source_id, (second, 0, 0))
        if last != second:
            written = 0
        if written >= REFUSALS_PER_SECOND:
            self.lately[source_id] = (second, written, counted + 1)
            return None
        self.lately[source_id] = (second, written + 1, 0)
        return counted


class Doors:
    """Finds sources by their id, and remembers each for a second: secrets change rarely, hooks come often."""

    def __init__(self, pool: Pool, seal_key: str) -> None:
        self.pool = pool
        self.seals = Seals(seal_key)
        self.refusals = Refusals(pool)
        self.remembered: dict[UUID, Door] = {}

    async def find(self, source_id: UUID, *, afresh: bool = False) -> Door:
        """Return the source's door; SourceNotFound when there is none."""
        door = self.remembered.get(source_id)
        age_seconds = time.monotonic() - door.looked_up_at if door else 0.0
        if door is None or age_seconds > (AFRESH_SECONDS if afresh else REMEMBERED_SECONDS):
            door = await self._look_up(source_id)
            if len(self.remembered) >= REMEMBERED_MAX:
                self.remembered.clear()
            self.remembered[source_id] = door
        return door

    def forget(self, source_id: UUID) -> None:
        """Look the source up again next time."""
        self.remembered.pop(source_id, None)

    async def _look_up(self, source_id: UUID) -> Door:
        row = await look_up(self.pool, source_id)
        if row is None:
            self.remembered.pop(source_id, None)
            raise SourceNotFound
        return Door(
            source_id=source_id,
            is_live=row.state == "live",
            hmac=HmacSettings.model_validate_json(row.hmac) if row.hmac else None,
            secrets=tuple(self.seals.open_secret(source_id, sealed) for sealed in row.secrets),
            success_status=row.success_status,
            looked_up_at=time.monotonic(),
        )
