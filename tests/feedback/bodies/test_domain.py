"""References are resolved from copies, through what became of abolished footprints."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from services.feedback.bodies.cache import BodyCache
from services.feedback.bodies.domain import BodyFinder
from services.feedback.items.intake import IntakeTools
from services.feedback.items.schemas import NewFeedback
from shared.errors import NotHereYet
from shared.events.registry import Successor
from shared.ids import new_id
from tests.feedback.examples import a_footprint, a_trust, code, something_said, tell
from tests.fixtures.clients import ServiceClient

ENDED = date(2026, 3, 31)


@pytest.fixture
def finder(service: ServiceClient) -> BodyFinder:
    """The finder of the running service."""
    return service.part(IntakeTools).bodies


FindBody = Callable[[BodyFinder, str], Awaitable[UUID]]


@pytest.fixture
def footprint(service: ServiceClient) -> FindBody:
    """A function that finds the footprint that a reference leads to today."""

    async def find(finder: BodyFinder, ref: str) -> UUID:
        async with service.state.sessions() as session:
            return await finder.find_body(session, "footprint", ref, "/footprint")

    return find


@pytest.fixture
def organisation(service: ServiceClient) -> FindBody:
    """A function that finds the organisation that a reference stands for."""

    async def find(finder: BodyFinder, ref: str) -> UUID:
        async with service.state.sessions() as session:
            return await finder.find_body(session, "organisation", ref, "/organisation")

    return find


async def test_an_abolished_footprint_leads_to_the_heir_of_most_of_it(
    service: ServiceClient, finder: BodyFinder, footprint: FindBody, organisation: FindBody
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
    assert await footprint(finder, f"ods:{first.ods}") == large.footprint_id
    assert await footprint(finder, str(between.footprint_id)) == large.footprint_id
    assert await organisation(finder, str(first.footprint_id)) == large.footprint_id


async def test_a_closed_organisation_leads_to_its_heir_by_id_and_code(
    service: ServiceClient, finder: BodyFinder, organisation: FindBody
) -> None:
    board, first, large = a_footprint(), a_trust(), a_trust()
    shares: list[dict[str, Any]] = [
        {"id": first.organisation_id, "share": None},
        {"id": large.organisation_id, "share": 0.6},
    ]
    between = a_trust(valid_to=date(2021, 9, 30), successors=shares)
    trust = a_trust(valid_to=date(2017, 9, 30), successors=[{"id": between.organisation_id, "share": None}])
    location = a_trust(valid_to=ENDED, successors=[{"id": board.footprint_id, "share": None}])
    several = a_trust(valid_to=ENDED, successors=[each | {"share": None} for each in shares])
    await tell(service, board, first, large, between, trust, location, several)
    for ref in (f"ods:{trust.ods}", str(trust.organisation_id), f"ods:{between.ods}"):
        assert await organisation(finder, ref) == large.organisation_id
    assert await organisation(finder, f"ods:{location.ods}") == board.footprint_id
    assert await organisation(finder, f"ods:{several.ods}") == first.organisation_id


async def test_an_organisation_stands_for_itself_until_it_has_closed(
    service: ServiceClient, finder: BodyFinder, organisation: FindBody
) -> None:
    heir, unknown = a_trust(), a_trust()
    coming = a_trust(valid_to=date(2999, 3, 31), successors=[{"id": heir.organisation_id, "share": 1}])
    lost = a_trust(valid_to=ENDED, successors=[{"id": unknown.organisation_id, "share": 1}])
    await tell(service, heir, coming, lost)
    assert await organisation(finder, f"ods:{coming.ods}") == coming.organisation_id
    assert await organisation(finder, f"ods:{lost.ods}") == lost.organisation_id


async def test_of_several_with_one_code_todays_is_meant(
    service: ServiceClient, finder: BodyFinder, footprint: FindBody
) -> None:
    shared_code = code()
    old, new = a_footprint(ods=shared_code, valid_to=ENDED), a_footprint(ods=shared_code)
    await tell(service, new, old)
    assert await footprint(finder, f"ods:{shared_code.lower()}") == new.footprint_id


async def test_an_abolished_footprint_without_a_known_heir_stands_for_itself(
    service: ServiceClient, finder: BodyFinder, footprint: FindBody
) -> None:
    alone = a_footprint(valid_to=ENDED)
    lost = a_footprint(valid_to=ENDED, successors=[Successor(id=a_footprint().footprint_id, share=1)])
    await tell(service, alone, lost)
    assert await footprint(finder, str(alone.footprint_id)) == alone.footprint_id
    assert await footprint(finder, str(lost.footprint_id)) == lost.footprint_id


async def test_successions_in_a_circle_end(
    service: ServiceClient, finder: BodyFinder, footprint: FindBody
) -> None:
    one = a_footprint(valid_to=ENDED)
    two = a_footprint(valid_to=ENDED, successors=[Successor(id=one.footprint_id, share=1)])
    one = one.model_copy(update={"successors": (Successor(id=two.footprint_id, share=1),)})
    await tell(service, one, two)
    assert await footprint(finder, str(one.footprint_id)) in (one.footprint_id, two.footprint_id)


async def test_only_a_footprint_with_a_body_is_an_organisation(
    service: ServiceClient, finder: BodyFinder, organisation: FindBody
) -> None:
    plan = a_footprint(is_organisation=False)
    await tell(service, plan)
    with pytest.raises(NotHereYet) as refused:
        await organisation(finder, str(plan.footprint_id))
    assert refused.value.errors[0].pointer == "/organisation"


async def test_what_arrives_in_time_is_found(
    service: ServiceClient, finder: BodyFinder, organisation: FindBody
) -> None:
    trust = a_trust()
    patient = replace(finder, arrival_seconds=10)
    waiting = asyncio.ensure_future(organisation(patient, str(trust.organisation_id)))
    await asyncio.sleep(0)
    await tell(service, trust)
    assert await waiting == trust.organisation_id


async def test_those_who_ask_about_nothing_do_not_all_wait(
    finder: BodyFinder, organisation: FindBody
) -> None:
    patient = replace(finder, arrival_seconds=60)
    with ExitStack() as waiters:
        places = [waiters.enter_context(patient.cache.waiting_place()) for _ in range(BodyCache.WAITING_MAX)]
        async with asyncio.timeout(10):
            with pytest.raises(NotHereYet):
                await organisation(patient, str(new_id()))
    assert all(places)
    assert patient.cache.waiting == 0


async def test_what_was_found_is_recalled_without_the_database(
    service: ServiceClient, finder: BodyFinder
) -> None:
    trust, board = a_trust(), a_footprint()
    await tell(service, trust, board)
    new = NewFeedback.model_validate(something_said(trust.organisation_id, footprint=str(board.footprint_id)))
    assert finder.recall(new.body_refs) is None
    async with service.state.sessions() as session:
        found = await finder.find(session, new.body_refs)
    assert finder.recall(new.body_refs) == found
    assert (found.footprint_id, found.organisation_ids) == (board.footprint_id, [trust.organisation_id])


@pytest.mark.parametrize(
    ("ref", "code"),
    [
        ("ods:ZZZ9", "code_unknown"),
        ("01890000-0000-7000-8000-000000000000", "id_unknown"),
        ("67e55044-10b1-426f-9247-bb680e5fe0c8", "id_unknown"),
    ],
)
async def test_what_cannot_be_on_its_way_is_refused_at_once(
    service: ServiceClient, partner: ServiceClient, monkeypatch: pytest.MonkeyPatch, ref: str, code: str
) -> None:
    monkeypatch.setattr(BodyFinder, "wait_for_body", None)
    answers = [
        await service.get(f"/v1/feedback?footprint={ref}"),
        await partner.post("/v1/feedback", json={"kind": "story", "text": "Hi.", "organisation": ref}),
    ]
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(422, code)}
    pointers = [answer.json()["errors"][0]["pointer"] for answer in answers]
    assert pointers == ["/query/footprint", "/organisation"]
