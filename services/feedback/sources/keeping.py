"""How much of what was mapped stays of a source: of too much, the oldest goes first."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import Uuid, text
from sqlalchemy.ext.asyncio import AsyncSession

# What a worker maps of a source between two looks is a part of the bound: it may be exceeded by so much.
LOOK_AFTER = 8
BEYOND = text("""
    SELECT id FROM (
        SELECT r.id, sum(octet_length(b.sealed)) OVER (ORDER BY r.mapped_at DESC, r.id DESC) AS kept
        FROM source_received r JOIN source_raw_body b ON b.received_id = r.id
        WHERE r.source_id = :source_id AND r.mapped_at IS NOT NULL AND r.raw_deleted_at IS NULL
    ) counted WHERE kept > :bytes_max
""").columns(id=Uuid)


@dataclass(slots=True)
class MappedRoom:
    """How many bytes of each source a worker has mapped since it last looked at what is kept of it."""

    bytes_max: int
    since: dict[UUID, int] = field(default_factory=dict)

    def note(self, source_id: UUID, size: int) -> None:
        """Count bytes that were mapped; what is kept of a source that comes first is not known."""
        self.since[source_id] = self.since.get(source_id, self.bytes_max) + size

    def take_due(self) -> list[UUID]:
        """The sources of which so much was mapped that what is kept may be too much, counted from now on."""
        due = [source_id for source_id, size in self.since.items() if size > self.bytes_max // LOOK_AFTER]
        self.since |= dict.fromkeys(due, 0)
        return due


async def find_payloads_beyond(session: AsyncSession, source_id: UUID, bytes_max: int) -> Sequence[UUID]:
    """The mapped payloads of a source whose bytes are more than is kept: all but the newest."""
    return (await session.scalars(BEYOND, {"source_id": source_id, "bytes_max": bytes_max})).all()
