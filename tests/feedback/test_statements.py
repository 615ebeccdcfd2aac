"""What each write costs in statements: a budget, so that a change that makes one dearer is seen."""

from uuid import UUID

import pytest

from tests.feedback.examples import (
    ACTOR,
    ClientOf,
    give_feedback,
    moderate_feedback,
    something_said,
    with_actor,
)
from tests.feedback.statements import counted_statements
from tests.fixtures.clients import ServiceClient


async def test_giving_new_feedback_costs_one_statement(
    partner: ServiceClient, trust_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    with counted_statements(partner, monkeypatch) as first:
        await give_feedback(partner, trust_id)
    with counted_statements(partner, monkeypatch) as known_body:
        await give_feedback(partner, trust_id, urgent=True, demographics={"sex": "female"})
    assert (len(first), len(known_body)) == (3, 1)


async def test_giving_it_once_more_costs_four_and_a_revision_seven(
    partner: ServiceClient, trust_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    await give_feedback(partner, trust_id, external_id="1")
    with counted_statements(partner, monkeypatch) as same:
        await give_feedback(partner, trust_id, external_id="1")
    with counted_statements(partner, monkeypatch) as other:
        await give_feedback(partner, trust_id, external_id="1", text="Something else.")
    assert (len(same), len(other)) == (4, 7)


async def test_moderating_costs_four_statements(
    trust: ServiceClient, trust_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = await give_feedback(trust, trust_id)
    with counted_statements(trust, monkeypatch) as executed:
        await moderate_feedback(trust, told)
    assert len(executed) == 4


@pytest.mark.parametrize(("what", "budget"), [("withdrawal", 5), ("erasure", 12)])
async def test_withdrawing_and_erasing_cost(
    partner: ServiceClient, trust_id: UUID, monkeypatch: pytest.MonkeyPatch, what: str, budget: int
) -> None:
    told = await give_feedback(partner, trust_id)
    headers, reason = {"If-Match": '"1"', **ACTOR}, {"reason": "They asked us to."}
    with counted_statements(partner, monkeypatch) as executed:
        answer = await partner.post(f"/v1/feedback/{told['id']}/{what}", headers=headers, json=reason)
    assert (answer.status_code, len(executed)) == (200, budget)


@pytest.fixture
def owner(client_of: ClientOf, trust_id: UUID) -> ServiceClient:
    """A client of the trust that may manage sources."""
    return with_actor(client_of(trust_id, "sources:manage", "feedback:write"))


async def test_issuing_many_reply_codes_costs_three_statements(
    owner: ServiceClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = await owner.post("/v1/sources", json={"name": "Survey", "scheme": "standard-webhooks"})
    body = {"source_id": source.json()["id"], "count": 100}
    with counted_statements(owner, monkeypatch) as executed:
        answer = await owner.post("/v1/reply-codes", json=body)
    assert (answer.status_code, len(executed)) == (201, 3)


async def test_a_reply_code_issued_before_costs_six_statements(
    owner: ServiceClient, trust_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = await owner.post("/v1/sources", json={"name": "Survey", "scheme": "standard-webhooks"})
    issued = await owner.post("/v1/reply-codes", json={"source_id": source.json()["id"], "count": 1})
    new = something_said(trust_id, reply_code=issued.json()["reply_codes"][0])
    with counted_statements(owner, monkeypatch) as executed:
        answer = await owner.post("/v1/feedback", json=new)
    assert (answer.status_code, len(executed)) == (201, 6)
