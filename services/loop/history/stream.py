"""The heads that travelled in events: a history that was written anew has another head than was told."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from nats.js.errors import NotFoundError

from services.loop.records import HistoryEntry
from shared.bus import broker_connection
from shared.events import Envelope


class CarriedHead(NamedTuple):
    """The head and the length of a history as an event carries them."""

    event_id: UUID
    type: str
    head: str
    length: int


async def read_heads(nats_url: str, loop_id: UUID | None) -> dict[UUID, list[CarriedHead]]:
    """What the events carry that the broker still keeps, by loop, oldest first; of one loop or of all."""
    subject, found = f"loop.*.*.{loop_id}" if loop_id else "loop.>", dict[UUID, list[CarriedHead]]()
    async with broker_connection(nats_url, "doorway loop verify") as client:
        stream, sequence = client.jetstream(), 1
        while True:
            try:
                message = await stream.get_msg("LOOP", seq=sequence, subject=subject, next=True)
            except NotFoundError:
                return found
            sent = Envelope.model_validate_json(message.data or b"")
            head, length = sent.data.get("head"), sent.data.get("length")
            if head and length:
                found.setdefault(sent.subject, []).append(CarriedHead(sent.id, sent.type, head, length))
            sequence = (message.seq or sequence) + 1


def differing_heads(entries: Sequence[HistoryEntry], carried: Sequence[CarriedHead]) -> list[str]:
    """A sentence for each event that carries another head than the entry at its position has."""
    hashes = {entry.position: entry.hash for entry in entries}
    return [
        f"The event {each.event_id} ({each.type}) carries another head at position {each.length}."
        for each in carried
        if hashes.get(each.length) != each.head
    ]
