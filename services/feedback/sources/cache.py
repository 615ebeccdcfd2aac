"""What receiving payloads needs to know of sources, cached for a second, and the log of refusals."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from services.feedback.errors import SourceClosed, SourceNotFound
from services.feedback.items.statement import open_pool
from services.feedback.settings import Settings
from services.feedback.sources.room import SourceRoom
from services.feedback.sources.scheme_schemas import HmacSettings, MessageSettings, Scheme, TokenSettings
from services.feedback.sources.sealing import SourceSeals
from services.feedback.sources.statements import (
    Pool,
    RefusalRow,
    SourceRow,
    insert_refusal,
    select_source,
)
from shared.clock import now
from shared.errors import Problem

CACHED_SECONDS = 1.0
# A wrong signature may mean that the secret has just changed, but an attack must not cause a query each time.
FRESH_SECONDS = 0.1
ENTRIES_MAX = 1000
REFUSALS_PER_SECOND = 5


@dataclass(frozen=True, slots=True)
class SourceEntry:
    """One source, as receiving its payloads needs it."""

    source_id: UUID
    is_live: bool
    scheme: Scheme
    # None for `standard-webhooks`, which needs none.
    settings: MessageSettings | None
    secrets: tuple[str, ...]
    success_status: int
    loaded_at: float


class RefusalLog:
    """Stores refusals, but only a few in a second; further ones are only counted."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.lately: dict[UUID, tuple[int, int, int]] = {}

    async def record(self, source_id: UUID, refusal: Problem) -> None:
        """Store when and why a payload was refused, never the payload."""
        unrecorded = self.admit(source_id, int(time.monotonic()))
        if unrecorded is None:
            return
        parts = [refusal.detail, *(error.detail for error in refusal.errors)]
        detail = " ".join(dict.fromkeys(parts))
        row = RefusalRow(source_id, now(), refusal.status, refusal.code, detail, unrecorded)
        await insert_refusal(self.pool, row)

    def admit(self, source_id: UUID, second: int) -> int | None:
        """How many refusals were only counted before this one; None if this one is only counted too."""
        last, stored, counted = self.lately.get(source_id, (second, 0, 0))
        if last != second:
            stored = 0
        if stored >= REFUSALS_PER_SECOND:
            self.lately[source_id] = (second, stored, counted + 1)
            return None
        self.lately[source_id] = (second, stored + 1, 0)
        return counted


class SourceCache:
    """Finds sources by id and keeps each for a second: secrets change rarely, payloads come often."""

    def __init__(self, pool: Pool, settings: Settings) -> None:
        self.pool = pool
        self.room = SourceRoom(pool, settings.source_waiting_bytes_max)
        self.seals = SourceSeals(settings.seal_key)
        self.refusals = RefusalLog(pool)
        self.entries: dict[UUID, SourceEntry] = {}

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: Settings) -> AsyncIterator[Self]:
        """Open the cache, with its own connections, for as long as the block runs."""
        async with open_pool(settings) as pool:
            yield cls(pool, settings)

    async def find_entry(self, source_id: UUID, *, fresh: bool = False) -> SourceEntry:
        """The entry of a source; SourceNotFound if there is no such source."""
        entry = self.entries.get(source_id)
        age_seconds = time.monotonic() - entry.loaded_at if entry else 0.0
        if entry is None or age_seconds > (FRESH_SECONDS if fresh else CACHED_SECONDS):
            entry = await self.load_entry(source_id)
            if len(self.entries) >= ENTRIES_MAX:
                self.entries.clear()
            self.entries[source_id] = entry
        return entry

    def drop_entry(self, source_id: UUID) -> None:
        """Load the source again next time."""
        self.entries.pop(source_id, None)

    async def load_entry(self, source_id: UUID) -> SourceEntry:
        """The entry of a source, from the database; SourceNotFound."""
        row = await select_source(self.pool, source_id)
        if row is None:
            self.drop_entry(source_id)
            raise SourceNotFound
        if row.state == "closed":
            self.drop_entry(source_id)
            raise SourceClosed
        return SourceEntry(
            source_id=source_id,
            is_live=row.state == "live",
            scheme=row.scheme,
            settings=settings_of(row),
            secrets=tuple(self.seals.open_secret(source_id, sealed) for sealed in row.secrets),
            success_status=row.success_status,
            loaded_at=time.monotonic(),
        )


def settings_of(row: SourceRow) -> MessageSettings | None:
    """The settings of a source's scheme."""
    if row.hmac:
        return HmacSettings.model_validate_json(row.hmac)
    return TokenSettings.model_validate_json(row.token) if row.token else None
