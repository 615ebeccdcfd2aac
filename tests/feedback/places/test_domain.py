"""References are resolved from copies, through what became of abolished footprints."""

import asyncio
from contextlib import ExitStack
from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from services.feedback.items.counter import Counter
from services.feedback.items.schemas import NewFeedback
from services.feedback.places.domain import about, footprint_id_of, organisation_id_of, recalled
from services.feedback.places.memory import Memory
from shared.errors import NotHereYet
from shared.events.registry import Successor
from tests.feedback.examples import a_footprint, a_trust, code, something_said, tell
from tests.fixtures.clients import ServiceClient

ENDED = date(2026, 3, 31)


@pytest.fixture
def counter(service: ServiceClient) -> Counter:
    """Return the counter of the running service."""
    found: Counter = service.part(Counter)
    return found


async def footprint(counter: Counter, ref: str) -> UUID:
    """Return the footprint that a reference leads to today."""
    async with counter.sessions() as session:
        return await footprint_id_of(session, ref, counter.desk, "/footprint")


async def organisation(counter: Counter, ref: str) -> UUID:
    """Return the organisation that a reference stands for."""
    async with counter.sessions() as session:
        return await organisation_id_of(session, ref, counter.desk, "/organisation")


async def test_an_abolished_footprint_leads_to_the_heir_of_most_of_it(
    service: ServiceClient, counter: Counter
) -> None:
    small, large = a_footprint(), a_footprint()
    heirs = [Successor(id=small.footprint_id, share=0.2), Successor(id=large.footprint_id, share=0.8)]
    between = a_footprint(
        valid_from=date(2017, 4, 1), valid_to=ENDED, successors=heirs, is_organisation=False
    )
    first = a_footprint(
        valid_from=date(2016, 3, 1),
        valid_to=date(2017, 3, 31),
        successors=[Successor(id=between.footprint_id, share=1)],
    )
    await tell(service, small, large, between, first)
    assert await footprint(counter, f"ods:{first.ods}") == large.footprint_id
    assert await footprint(counter, str(between.footprint_id)) == large.footprint_id
    assert await organisation(counter, str(first.footprint_id)) == large.footprint_id


async def test_of_several_with_one_code_todays_is_meant(service: ServiceClient, counter: Counter) -> None:
    shared_code = code()
    old, new = a_footprint(ods=shared_code, valid_to=ENDED), a_footprint(ods=shared_code)
    await tell(service, new, old)
    assert await footprint(counter, f"ods:{shared_code.lower()}") == new.footprint_id


async def test_an_abolished_footprint_without_a_known_heir_stands_for_itself(
    service: ServiceClient, counter: Counter
) -> None:
    alone = a_footprint(valid_to=ENDED)
    lost = a_footprint(valid_to=ENDED, successors=[Successor(id=a_footprint().footprint_id, share=1)])
    await tell(service, alone, lost)
    assert await footprint(counter, str(alone.footprint_id)) == alone.footprint_id
    assert await footprint(counter, str(lost.footprint_id)) == lost.footprint_id


async def test_successions_in_a_circle_end(service: ServiceClient, counter: Counter) -> None:
    one = a_footprint(valid_to=ENDED)
    two = a_footprint(valid_to=ENDED, successors=[Successor(id=one.footprint_id, share=1)])
    one = one.model_copy(update={"successors": (Successor(id=two.footprint_id, share=1),)})
    await tell(service, one, two)
    assert await footprint(counter, str(one.footprint_id)) in (one.footprint_id, two.footprint_id)


async def test_only_a_footprint_with_a_body_is_an_organisation(
    service: ServiceClient, counter: Counter
) -> None:
    plan = a_footprint(is_organisation=False)
    await tell(service, plan)
    with pytest.raises(NotHereYet) as refused:
        await organisation(counter, str(plan.footprint_id))
    assert refused.value.errors[0].pointer == "/organisation"


async def test_what_arrives_in_time_is_found(service: ServiceClient, counter: Counter) -> None:
    trust = a_trust()
    patient = replace(counter, desk=replace(counter.desk, arrival_seconds=10))
    waiting = asyncio.create_task(organisation(patient, f"ods:{trust.ods}"))
    await asyncio.sleep(0)
    await tell(service, trust)
    assert await waiting == trust.organisation_id


async def test_those_who_ask_about_nothing_do_not_all_wait(counter: Counter) -> None:
    patient = replace(counter, desk=replace(counter.desk, arrival_seconds=60))
    with ExitStack() as waiters:
        places = [waiters.enter_context(patient.desk.memory.waits()) for _ in range(Memory.WAITING_MAX)]
        async with asyncio.timeout(10):
            with pytest.raises(NotHereYet):
                await organisation(patient, f"ods:{code()}")
    assert all(places)
    assert patient.desk.memory.waiting == 0


async def test_what_was_found_is_recalled_without_the_database(
    service: ServiceClient, counter: Counter
) -> None:
    trust, board = a_trust(), a_footprint()
    await tell(service, trust, board)
    new = NewFeedback.model_validate(something_said(trust.organisation_id, footprint=str(board.footprint_id)))
    assert recalled(new, counter.desk) is None
    async with counter.sessions() as session:
        found = await about(session, new, counter.desk)
    assert recalled(new, counter.desk) == found
    assert (found.footprint_id, found.organisation_ids) == (board.footprint_id, [trust.organisation_id])
