"""Pages are written straight from rows: each item is what a single piece is, for every reader and state."""

from typing import Any
from uuid import UUID

import asyncpg
import pytest

from services.feedback.items.view_schemas import FeedbackView
from services.feedback.items.words import mask_again
from services.feedback.search.schemas import FoundFeedback
from shared.ids import new_id
from shared.paging import Page
from tests.feedback.examples import ACTOR, ClientOf, give_feedback, moderate_feedback, word
from tests.feedback.statements import counted_statements
from tests.fixtures.clients import ServiceClient

FORGET_MASKS = """
    UPDATE feedback SET shown = NULL, masked_with = 0
    WHERE organisation_ids @> ARRAY[$1::uuid] AND state <> 'withdrawn'"""
SAID: dict[str, Any] = {
    "text": "Ring 07700 900123, caf\u00e9 \u20ac 5",
    "answers": [{"question": "How was it?", "text": "Dr Smith was late", "score": 4.5}, {"score": 3}],
    "touchpoints": ["Ward 7"],
    "rating": {"value": 4, "scale": "1-5"},
    "themes": [{"code": "parking", "polarity": "negative"}],
    "proxy_by": "Mrs Jones",
    "experienced_on": "last week",
    "urgent": True,
}


async def pieces_of_every_kind(partner: ServiceClient, trust: ServiceClient, trust_id: UUID) -> str:
    """Give pieces in every state that a list has; returns a word that the published ones have."""
    unique = word()
    for number in range(3):
        fields = SAID | {"text": f"{SAID['text']} {unique}", "external_id": f"94347659{number}"}
        told = await give_feedback(partner, trust_id, **fields)
        if number:
            shown = await moderate_feedback(trust, told)
        if number == 2:
            await moderate_feedback(trust, shown, "withhold", reason="Mrs Jones is named.")
    gone = await give_feedback(partner, trust_id, text="Gone.", external_id="9434765919")
    headers, reason = {"If-Match": '"1"', **ACTOR}, {"reason": "They asked us to."}
    answer = await partner.post(f"/v1/feedback/{gone['id']}/withdrawal", headers=headers, json=reason)
    assert answer.status_code == 200
    await moderate_feedback(trust, await give_feedback(partner, trust_id, rating=SAID["rating"], text=unique))
    return unique


@pytest.fixture
def readers(
    service: ServiceClient, partner: ServiceClient, client_of: ClientOf, trust: ServiceClient, trust_id: UUID
) -> dict[str, ServiceClient]:
    """Everybody who may see something else."""
    return {
        "anybody": service,
        "sender": partner,
        "body": trust,
        "body without the scope": client_of(trust_id, "feedback:write"),
        "operator": client_of(new_id(), "feedback:read", "operator"),
        "another": client_of(new_id(), "feedback:read"),
    }


async def test_an_item_of_a_page_is_byte_for_byte_the_single_piece(
    readers: dict[str, ServiceClient], trust_id: UUID, feedback_db: str
) -> None:
    unique = await pieces_of_every_kind(readers["sender"], readers["body"], trust_id)
    counts = {}
    for is_masked in (True, False):
        if not is_masked:
            connection = await asyncpg.connect(feedback_db)
            await connection.execute(FORGET_MASKS, trust_id)
            await connection.close()
        for name, client in readers.items():
            for path in (f"/v1/feedback?organisation={trust_id}", f"/v1/search?q={unique}"):
                answer = await client.get(path)
                shape = Page[FoundFeedback] if "search" in path else Page[FeedbackView]
                page = shape.model_validate_json(answer.content)
                assert answer.content == page.model_dump_json().encode()
                singles = [(await client.get(f"/v1/feedback/{each.id}")).content for each in page.items]
                views = [
                    FeedbackView(**{name: getattr(each, name) for name in FeedbackView.model_fields})
                    for each in page.items
                ]
                assert singles == [each.model_dump_json().encode() for each in views]
                counts[name, path[:10]] = len(page.items)
    async with readers["body"].state.sessions.begin() as session:
        while await mask_again(session):
            pass
    assert {count for (_, path), count in counts.items() if path == "/v1/search"} == {2}
    lists = {name: count for (name, path), count in counts.items() if path == "/v1/feedba"}
    assert lists == {
        "anybody": 2,
        "sender": 5,
        "body": 5,
        "body without the scope": 2,
        "operator": 5,
        "another": 2,
    }


async def test_every_condition_narrows_the_page(partner: ServiceClient, trust_id: UUID) -> None:
    told = await give_feedback(partner, trust_id, **SAID)
    wanted = {"organisation": str(trust_id), "theme": "parking", "kind": "comment", "state": "received"}
    wanted["since"] = told["received_at"]
    found = await partner.get("/v1/feedback", params=wanted)
    assert [each["id"] for each in found.json()["items"]] == [told["id"]]
    for other in (
        {"theme": "staff"},
        {"kind": "story"},
        {"state": "published"},
        {"since": "2099-01-01T00:00Z"},
    ):
        assert (await partner.get("/v1/feedback", params=wanted | other)).json()["items"] == []


async def test_a_page_leads_to_the_next_one_in_body_and_header(
    partner: ServiceClient, trust_id: UUID
) -> None:
    given = [(await give_feedback(partner, trust_id))["id"] for _ in range(3)]
    first = await partner.get("/v1/feedback", params={"limit": 2, "organisation": str(trust_id)})
    assert first.headers["link"] == f'<{first.json()["next"]}>; rel="next"'
    second = await partner.get(first.json()["next"])
    assert [each["id"] for page in (first, second) for each in page.json()["items"]] == given[::-1]
    assert second.json()["next"] is None
    assert "link" not in second.headers
    bad = await partner.get("/v1/feedback", params={"cursor": "x"})
    assert (bad.status_code, bad.json()["code"]) == (422, "bad_cursor")


async def test_pages_cost_one_statement(
    trust: ServiceClient, trust_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    unique = word()
    await moderate_feedback(trust, await give_feedback(trust, trust_id, text=unique))
    path = f"/v1/feedback?organisation={trust_id}"
    await trust.get(path)
    await trust.get(f"/v1/search?q={unique}")
    for each in (path, f"/v1/search?q={unique}"):
        with counted_statements(trust, monkeypatch) as executed:
            assert (await trust.get(each)).status_code == 200
        assert len(executed) == 1
