"""Sources that wait share a worker's time, however much each sends and however long it takes."""

from collections import Counter
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.items.intake import IntakeTools
from services.feedback.models import Feedback
from services.feedback.settings import Settings
from services.feedback.sources import tasks
from services.feedback.sources.keeping import MappedRoom
from services.feedback.sources.models import Payload
from services.feedback.sources.payloads import settle_payload
from services.feedback.sources.sealing import SourceSeals
from services.feedback.sources.turns import LOOKED_AT, SourceTurns, Turns, UsedTime, lock_payloads_to_map
from shared.clock import now
from shared.ids import new_id
from shared.outbox import Outbox
from shared.worker import worker_context
from tests.feedback.examples import a_trust, tell, with_actor
from tests.feedback.sources.conftest import MANAGE, Settle
from tests.feedback.sources.senders import PAYLOAD, Sender, a_source
from tests.fixtures.clients import ServiceClient

MANY, FEW = 40, 3


@pytest.fixture
async def other(service: ServiceClient, owner: ServiceClient, settle_all: Settle) -> Sender:
    """Another source; what waited before is settled."""
    while await settle_all():
        pass
    return await a_source(service, owner)


async def send_many(sender: Sender, number: int) -> None:
    """Post so many payloads, one after the other."""
    for place in range(number):
        await sender.send({**PAYLOAD, "id": f"r-{place}"})


async def due_of(service: ServiceClient, limit: int, turns: SourceTurns | None = None) -> list[UUID]:
    """The sources of the payloads that are mapped next."""
    async with service.state.sessions() as session:
        return [each.source_id for each in await lock_payloads_to_map(session, now(), limit, turns)]


async def test_what_few_sent_does_not_wait_for_all_that_one_sent_before(
    service: ServiceClient, sender: Sender, other: Sender
) -> None:
    await send_many(sender, MANY)
    await send_many(other, FEW)
    next_up = await due_of(service, 2 * FEW)
    assert Counter(next_up) == {UUID(each.source["id"]): FEW for each in (sender, other)}


async def test_a_source_whose_payloads_take_long_has_fewer_of_them_mapped(
    service: ServiceClient, sender: Sender, other: Sender, trust_id: UUID
) -> None:
    await send_many(sender, 10)
    await send_many(other, 10)
    slow, quick = (UUID(each.source["id"]) for each in (sender, other))
    used = Turns(clock=5.0, used={slow: UsedTime(8.0, 3.0), quick: UsedTime(5.1, 0.1)})
    turns = SourceTurns(within={trust_id: used})
    assert await due_of(service, 12, turns) == [*[quick] * 10, slow, slow]


@pytest.mark.usefixtures("other")
@pytest.mark.usefixtures("other")
async def test_two_workers_share_what_one_source_sent(service: ServiceClient, sender: Sender) -> None:
    await send_many(sender, MANY)

    async def locked(session: AsyncSession) -> set[UUID]:
        return {each.id for each in await lock_payloads_to_map(session, now(), MANY // 2)}

    async with service.state.sessions() as one, service.state.sessions() as two:
        first, second = await locked(one), await locked(two)
    assert MANY <= LOOKED_AT
    assert (len(first), len(second), first & second) == (MANY // 2, MANY // 2, set())


async def test_an_organisation_with_many_sources_has_no_more_turns_than_one_with_one(
    service: ServiceClient, owner: ServiceClient, sender: Sender, other: Sender
) -> None:
    trust = a_trust()
    await tell(service, trust)
    stranger = with_actor(
        service.as_(client_id=new_id(), organisation_id=trust.organisation_id, scopes=MANAGE)
    )
    alone = await a_source(service, stranger)
    many = [sender, other, await a_source(service, owner), await a_source(service, owner)]
    for each in (*many, alone):
        await send_many(each, 4)
    next_up = await due_of(service, 8)
    assert Counter(next_up) == {
        UUID(alone.source["id"]): 4,
        **{UUID(each.source["id"]): 1 for each in many},
    }


def test_who_took_long_pays_it_back_only_while_others_wait() -> None:
    greedy, small = new_id(), new_id()
    turns = Turns(used={greedy: UsedTime(until=3.0, each=3.0)})
    turns.add(small, 0.1)
    assert turns.clock == 0.0
    turns.forget_level()
    assert greedy in turns.used
    turns.add(greedy, 0.1)
    assert turns.clock == 3.0
    turns.clock += 1
    turns.forget_level()
    assert turns.used == {}


def test_who_is_level_is_forgotten_with_their_sources() -> None:
    trust, source = new_id(), new_id()
    turns = SourceTurns()
    with turns.turn(trust, source):
        pass
    assert (list(turns.organisations.used), list(turns.within[trust].used)) == ([trust], [source])
    turns.within[trust].clock = turns.organisations.clock = 1e9
    turns.forget_level()
    assert (turns.organisations.used, turns.within) == ({}, {})


async def test_a_batch_ends_after_a_while_so_that_what_came_meanwhile_has_its_turn(
    service: ServiceClient, settings: Settings, sender: Sender, other: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    for each in (sender, other):
        await each.map_by()
    many = [{**PAYLOAD, "id": f"r-{place}"} for place in range(5)]
    received = (await sender.send(many)).json()["received_id"]
    monkeypatch.setattr(tasks, "BATCH_SECONDS", 0.0)
    turns, seals = SourceTurns(), SourceSeals(settings.seal_key)
    room = MappedRoom(settings.source_mapped_bytes_max)
    async with worker_context("feedback", settings) as context, IntakeTools.open(settings) as tools:

        async def given_after_a_batch() -> list[int]:
            assert await tasks.settle_due_payloads(context, tools.waiting(0), seals, turns, room)
            return [each["position"] for each in (await sender.read(f"received/{received}"))["feedback"]]

        assert await given_after_a_batch() == [0]
        small = (await other.send()).json()["received_id"]
        assert await given_after_a_batch() == [0]
        assert (await other.read(f"received/{small}"))["state"] == "mapped"
        for last in range(1, 5):
            assert await given_after_a_batch() == [*range(last + 1)]
    assert (await sender.read(f"received/{received}"))["state"] == "mapped"


async def test_what_takes_several_turns_goes_on_by_the_mapping_by_which_it_was_begun(
    service: ServiceClient, sender: Sender
) -> None:
    await sender.map_by(each="responses || [@]")
    broken = {**PAYLOAD, "id": "r-2", "comment": None}
    answers = [PAYLOAD, broken, {**PAYLOAD, "id": "r-3"}, {**PAYLOAD, "id": "r-4"}]
    received = (await sender.send({"responses": answers})).json()["received_id"]
    for _ in answers:
        async with service.state.sessions.begin() as session:
            payload = await session.get_one(Payload, UUID(received), with_for_update=True)
            tools, seals = service.part(IntakeTools).waiting(0), SourceSeals(service.state.settings.seal_key)
            await settle_payload(session, payload, tools, seals, ends=0.0)
        await sender.map_by(each="reverse(responses || [@])")
    told = await sender.read(f"received/{received}")
    assert ([each["position"] for each in told["feedback"]], told["state"]) == ([0, 2, 3], "quarantined")
    ids = {UUID(each["feedback_id"]) for each in told["feedback"]}
    async with service.state.sessions() as session:
        found = await session.scalars(select(Feedback.external_id).where(Feedback.id.in_(ids)))
        events = select(Outbox.sequence).where(Outbox.aggregate_id == UUID(received))
        assert (set(found), (await session.scalars(events)).all()) == ({"r-1", "r-3", "r-4"}, [1])
