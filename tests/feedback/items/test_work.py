"""What waits for the people of a body: oldest first, counted up to a bound, and nobody else's."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import update

from services.feedback.models import Feedback
from services.feedback.moderation import bulk
from shared.clock import now
from shared.ids import new_id
from tests.feedback.examples import ACTOR, ClientOf, a_trust, give_feedback, moderate_feedback, tell
from tests.feedback.statements import counted_statements
from tests.fixtures.clients import ServiceClient


async def listed(client: ServiceClient, work: str, query: str = "") -> list[str]:
    """The ids of the work of one kind that waits for a client's people."""
    answer = await client.get(f"/v1/feedback?work={work}{query}")
    assert answer.status_code == 200, answer.text
    return [each["id"] for each in answer.json()["items"]]


async def counted(client: ServiceClient) -> dict[str, int]:
    """How much of each kind waits."""
    return {each["work"]: each["waiting"] for each in (await client.get("/v1/feedback-work")).json()["items"]}


async def test_each_kind_of_work_lists_what_waits_oldest_first(
    partner: ServiceClient, trust: ServiceClient, trust_id: UUID
) -> None:
    said = [
        await give_feedback(partner, trust_id),
        await give_feedback(partner, trust_id, urgent=True),
        await give_feedback(partner, trust_id, kind="complaint", urgent=True),
        await give_feedback(partner, trust_id, permissions={}),
        await give_feedback(partner, trust_id),
    ]
    ids = [each["id"] for each in said]
    await moderate_feedback(trust, said[4])
    await trust.post(f"/v1/feedback/{ids[0]}/read", headers={"If-Match": '"1"', **ACTOR})
    assert await listed(trust, "unread") == [ids[1], ids[2], ids[3]]
    assert await listed(trust, "to_moderate") == [ids[0], ids[1]]
    assert await listed(trust, "urgent") == [ids[1], ids[2]]
    assert await listed(trust, "unread", "&kind=complaint") == [ids[2]]
    waiting = await counted(trust)
    assert (waiting["unread"], waiting["to_moderate"], waiting["urgent"]) == (3, 2, 2)
    first = (await trust.get("/v1/feedback?work=unread&limit=2")).json()
    assert [each["id"] for each in first["items"]] == ids[1:3]
    assert [each["id"] for each in (await trust.get(first["next"])).json()["items"]] == [ids[3]]


async def test_work_says_how_long_the_oldest_waits_and_counts_to_a_bound(
    service: ServiceClient,
    partner: ServiceClient,
    trust: ServiceClient,
    trust_id: UUID,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = [await give_feedback(partner, trust_id) for _ in range(3)]
    async with service.state.sessions.begin() as session:
        earlier = update(Feedback).where(Feedback.id == UUID(said[0]["id"]))
        await session.execute(earlier.values(received_at=now() - timedelta(hours=50, minutes=5)))
    monkeypatch.setattr(bulk, "COUNTED_MAX", 2)
    bulk.work_statement.cache_clear()
    (unread, *_) = (await trust.get("/v1/feedback-work")).json()["items"]
    bulk.work_statement.cache_clear()
    assert (unread["work"], unread["waiting"], unread["are_more"]) == ("unread", 2, True)
    assert (unread["oldest_waits_hours"], unread["oldest_received_at"] is None) == (50, False)


async def test_nobody_sees_or_counts_the_work_of_another(
    service: ServiceClient, partner: ServiceClient, trust: ServiceClient, trust_id: UUID, client_of: ClientOf
) -> None:
    other = a_trust()
    await tell(service, other)
    stranger = client_of(other.organisation_id)
    await give_feedback(partner, trust_id, urgent=True)
    path = "/v1/feedback?work=unread&limit=1"
    await give_feedback(partner, trust_id)
    cursor = (await trust.get(path)).json()["next"]
    assert (await stranger.get(cursor)).json()["items"] == []
    for work in ("unread", "to_moderate", "urgent"):
        assert await listed(stranger, work, f"&organisation={trust_id}") == []
        # Nor does who sent it moderate it.
        assert await listed(partner, work) == []
    assert set((await counted(stranger)).values()) == set((await counted(partner)).values()) == {0}
    anybody = await service.get(path)
    assert (anybody.status_code, anybody.json()["code"]) == (401, "caller_unknown")
    writer = client_of(trust_id, "feedback:write")
    for each in (path, "/v1/feedback-work"):
        refused = await writer.get(each)
        assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")


async def test_the_operator_sees_the_work_of_all(
    partner: ServiceClient, trust_id: UUID, client_of: ClientOf
) -> None:
    told = await give_feedback(partner, trust_id, urgent=True)
    operator = client_of(new_id(), "feedback:read", "operator")
    assert await listed(operator, "urgent", f"&organisation={trust_id}") == [told["id"]]


async def test_what_one_sent_about_others_too_is_their_work(
    service: ServiceClient, trust: ServiceClient, trust_id: UUID, client_of: ClientOf
) -> None:
    other = a_trust()
    await tell(service, other)
    about_both = [str(trust_id), str(other.organisation_id)]
    told = await give_feedback(trust, trust_id, organisations=about_both)
    alone = await give_feedback(trust, trust_id)
    assert await listed(trust, "unread") == [alone["id"]]
    assert await listed(client_of(other.organisation_id), "unread") == [told["id"]]


async def test_one_list_is_asked_for_at_once(trust: ServiceClient) -> None:
    answer = await trust.get("/v1/feedback?work=unread&sent_by=me")
    assert (answer.status_code, answer.json()["code"]) == (422, "one_list_at_once")
    assert answer.json()["errors"][0]["pointer"] == "/query/work"
    wrong = await trust.get("/v1/feedback?work=everything")
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/query/work")


async def test_work_is_listed_and_counted_in_one_statement(
    trust: ServiceClient, trust_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    with counted_statements(trust, monkeypatch) as listing:
        await listed(trust, "unread")
    with counted_statements(trust, monkeypatch) as counting:
        await counted(trust)
    assert (len(listing), len(counting)) == (1, 1)
