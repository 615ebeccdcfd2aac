"""How much of a source waits to be mapped, within a bound: no source fills the disk for the others."""

import time
from dataclasses import dataclass
from uuid import UUID

from services.feedback.errors import SourceFull
from services.feedback.sources.statements import Pool

# What waits is the bytes of payloads that are not mapped yet, or that have an answer in quarantine.
WAITING = """
    SELECT coalesce(sum(octet_length(sealed)), 0) FROM source_raw_body WHERE received_id IN (
        SELECT id FROM source_received WHERE source_id = $1 AND state = 'received'
        UNION SELECT received_id FROM source_quarantined WHERE source_id = $1)
"""
COUNTED_SECONDS = 30.0
# What was mapped or discarded since makes room: a source that seems to be full is counted again so soon.
FULL_SECONDS = 1.0
SOURCES_MAX = 1000


@dataclass(slots=True)
class Waiting:
    """The bytes of a source that wait, as counted at a moment and with what came here since."""

    size: int
    counted_at: float


class SourceRoom:
    """Lets payloads in while their source has room; a process counts what it takes between two counts."""

    def __init__(self, pool: Pool, bytes_max: int) -> None:
        self.pool, self.bytes_max = pool, bytes_max
        self.waiting: dict[UUID, Waiting] = {}

    async def take(self, source_id: UUID, size: int) -> None:
        """Count bytes that come for a source; SourceFull if it has no room for them."""
        known = await self.count(source_id, COUNTED_SECONDS)
        if known.size + size > self.bytes_max:
            known = await self.count(source_id, FULL_SECONDS)
            if known.size + size > self.bytes_max:
                raise SourceFull
        known.size += size

    async def count(self, source_id: UUID, seconds: float) -> Waiting:
        """What waits of a source, counted in its database unless that was done so lately."""
        known, moment = self.waiting.get(source_id), time.monotonic()
        if known is not None and known.counted_at > moment - seconds:
            return known
        if known is None and len(self.waiting) >= SOURCES_MAX:
            self.waiting.clear()
        if known is not None:
            known.counted_at = moment  # those who come meanwhile need not count too
        known = self.waiting[source_id] = Waiting(await self.pool.fetchval(WAITING, source_id), moment)
        return known
