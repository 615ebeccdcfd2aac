"""What is kept of a source after mapping is bounded: the oldest goes, and what waits stays."""

from uuid import UUID

from sqlalchemy import select

from services.feedback.items.intake import IntakeTools
from services.feedback.settings import Settings
from services.feedback.sources import tasks
from services.feedback.sources.keeping import LOOK_AFTER, MappedRoom
from services.feedback.sources.models import Payload, RawBody
from services.feedback.sources.sealing import SourceSeals
from services.feedback.sources.turns import SourceTurns
from shared.ids import new_id
from shared.worker import worker_context
from tests.feedback.sources.senders import PAYLOAD, Sender
from tests.fixtures.clients import ServiceClient


async def kept_of(service: ServiceClient, sender: Sender) -> dict[UUID, bool]:
    """The payloads of a source, and whether each is marked as without bytes."""
    async with service.state.sessions() as session:
        found = select(Payload.id, Payload.raw_deleted_at, RawBody.received_id)
        found = found.outerjoin(RawBody, RawBody.received_id == Payload.id)
        rows = (await session.execute(found.where(Payload.source_id == UUID(sender.source["id"])))).all()
    assert all((gone is None) == (body is not None) for _, gone, body in rows)
    return {id_: gone is not None for id_, gone, _ in rows}


async def test_the_oldest_bytes_go_when_a_source_keeps_more_than_it_may(
    service: ServiceClient, settings: Settings, sender: Sender
) -> None:
    await sender.map_by()
    bodies = [PAYLOAD | {"id": f"r-{number}", "more": "x" * 3_000} for number in range(4)]
    sent = [UUID((await sender.send(each)).json()["received_id"]) for each in bodies]
    waiting = UUID((await sender.send({"more": "x" * 9_000})).json()["received_id"])
    turns, seals, room = SourceTurns(), SourceSeals(settings.seal_key), MappedRoom(8_000)
    async with worker_context("feedback", settings) as context, IntakeTools.open(settings) as tools:
        while await tasks.settle_due_payloads(context, tools.waiting(0), seals, turns, room):
            pass
        await tasks.delete_beyond_room(context, room)
    gone = await kept_of(service, sender)
    assert [gone[each] for each in (*sent, waiting)] == [True, True, False, False, False]
    # The same message again is known by its hash: it is no new one.
    again = await sender.read(f"received/{sent[0]}")
    assert again["state"] == "mapped"


def test_a_source_is_looked_at_when_it_comes_first_and_after_each_part_of_its_room() -> None:
    source, room = new_id(), MappedRoom(800)
    room.note(source, 1)
    assert (room.take_due(), room.take_due()) == ([source], [])
    room.note(source, 800 // LOOK_AFTER)
    assert room.take_due() == []
    room.note(source, 1)
    assert room.take_due() == [source]
