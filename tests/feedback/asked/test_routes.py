"""What was asked before: closed counts by year, what is published by kind, and what was done."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from services.feedback.asked import queries
from services.feedback.counts.models import ClosedCount
from services.feedback.models import LoopCopy
from shared.ids import new_id
from tests.feedback.examples import a_footprint, give_feedback, moderate_feedback, tell
from tests.feedback.statements import counted_statements
from tests.fixtures.clients import ServiceClient

THEMES = [{"code": "parking"}]


@pytest.fixture
async def board(service: ServiceClient) -> UUID:
    """A board that the service knows."""
    found = a_footprint()
    await tell(service, found)
    return found.footprint_id


async def asked(client: ServiceClient, place: UUID, theme: str = "parking") -> dict[str, Any]:
    """What is known about a theme in a place."""
    answer = await client.get("/v1/asked-before", params={"footprint": str(place), "theme": theme})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def publish(giver: ServiceClient, body: ServiceClient, about: UUID, place: UUID, **fields: Any) -> str:
    """Publish a piece about a body in a place; returns its id."""
    told = await give_feedback(giver, about, footprint=str(place), themes=THEMES, **fields)
    return str((await moderate_feedback(body, told))["id"])


async def close_counts(service: ServiceClient, *counts: ClosedCount) -> None:
    """Keep counts as those of months that are closed."""
    async with service.state.sessions.begin() as session:
        session.add_all(counts)


async def test_it_says_how_often_when_and_in_which_way(
    service: ServiceClient, partner: ServiceClient, trust: ServiceClient, trust_id: UUID, board: UUID
) -> None:
    months = (
        (date(2025, 3, 1), "people", 10),
        (date(2025, 9, 1), "people", 5),
        (date(2026, 1, 1), "staff", 5),
    )
    await close_counts(
        service,
        *(ClosedCount(body_id=board, month=m, cell=f"{voice}/theme/parking", n=n) for m, voice, n in months),
        ClosedCount(body_id=board, month=date(2025, 3, 1), cell="people/theme/discharge", n=50),
    )
    await publish(partner, trust, trust_id, board, kind="story")
    newest = await publish(partner, trust, trust_id, board, kind="comment")
    await give_feedback(partner, trust_id, footprint=str(board), themes=THEMES, kind="phone")
    (place,) = (await asked(service, board))["places"]
    assert place["years"] == [
        {"year": 2025, "at_least": 15, "staff_at_least": 0},
        {"year": 2026, "at_least": 0, "staff_at_least": 5},
    ]
    assert place["published"] == {"comment": 1, "story": 1}
    received_at = (await service.get(f"/v1/feedback/{newest}")).json()["received_at"]
    assert place["last_published_at"] == received_at
    assert place["is_whole"] is True
    (other,) = (await asked(service, board, "discharge"))["places"]
    assert (other["published"], other["years"][0]["at_least"]) == ({}, 50)


async def test_it_looks_at_what_the_place_took_over(service: ServiceClient) -> None:
    new = a_footprint(valid_from=date(2026, 4, 1))
    heirs = [{"id": str(new.footprint_id), "share": 1.0}]
    old = a_footprint(valid_to=date(2026, 3, 31), successors=heirs)
    await tell(service, new, old)
    for place in (new, old):
        found = await asked(service, place.footprint_id)
        assert [UUID(each["footprint_id"]) for each in found["places"]] == [
            new.footprint_id,
            old.footprint_id,
        ]


async def test_it_says_what_was_done_and_shows_no_draft(
    service: ServiceClient, partner: ServiceClient, trust: ServiceClient, trust_id: UUID, board: UUID
) -> None:
    told = await publish(partner, trust, trust_id, board)
    unpublished = await give_feedback(partner, trust_id, footprint=str(board), themes=THEMES)
    public, _, _ = loops = [
        LoopCopy(id=new_id(), sequence=1, state=state, demonstration=False, feedback_ids=[UUID(answered)])
        for state, answered in (("decided", told), ("draft", told), ("decided", unpublished["id"]))
    ]
    shown = str(public.id)
    async with service.state.sessions.begin() as session:
        session.add_all(loops)
    assert [each["loop_id"] for each in (await asked(service, board))["answered_by"]] == [shown]


async def test_it_reads_a_bounded_number_of_pieces(
    service: ServiceClient,
    partner: ServiceClient,
    trust: ServiceClient,
    trust_id: UUID,
    board: UUID,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for _ in range(3):
        await publish(partner, trust, trust_id, board)
    few = queries.PUBLISHED.replace(f"LIMIT {queries.READ_MAX}", "LIMIT 2")
    monkeypatch.setitem(queries.STATEMENTS, queries.PUBLISHED, queries.statement_about(few))
    monkeypatch.setattr("services.feedback.asked.domain.READ_MAX", 2)
    (place,) = (await asked(service, board))["places"]
    assert (place["published"], place["is_whole"]) == ({"comment": 2}, False)


async def test_what_is_not_known_is_refused(service: ServiceClient, board: UUID) -> None:
    for query, pointer in (
        ({"theme": "parking"}, "/query/footprint"),
        ({"footprint": str(board)}, "/query/theme"),
        ({"footprint": "ods:NOBODY9", "theme": "parking"}, "/query/footprint"),
        ({"footprint": str(board), "theme": "nothing-like-it"}, "/query/theme"),
    ):
        answer = await service.get("/v1/asked-before", params=query)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


async def test_it_costs_four_statements_for_a_place_that_is_known(
    service: ServiceClient, board: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    await asked(service, board)
    with counted_statements(service, monkeypatch) as executed:
        await asked(service, board)
    assert len(executed) == 4
