"""Many pieces read and decided at a time: each alone, by a named person, in the version that they read."""

import json
from typing import Any
from uuid import UUID

import httpx2
import pytest
from sqlalchemy import select

from services.feedback.moderation.bulk_schemas import REASONS
from shared.events.feedback import FeedbackHandled
from shared.ids import new_id
from shared.outbox import Outbox
from tests.feedback.examples import ACTOR, ClientOf, a_trust, give_feedback, moderate_feedback, tell
from tests.feedback.statements import counted_statements
from tests.fixtures.clients import ServiceClient


def piece(told: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A line about a piece in the version that was told."""
    return {"feedback_id": told["id"], "version": told["version"]} | fields


async def moderate(client: ServiceClient, *decisions: dict[str, Any]) -> httpx2.Response:
    """Send decisions about many pieces."""
    body = {"decisions": decisions}
    return await client.post("/v1/feedback-bulk/moderations", json=body, headers=ACTOR)


async def read(client: ServiceClient, *pieces: dict[str, Any]) -> httpx2.Response:
    """Record many pieces as read."""
    return await client.post("/v1/feedback-bulk/readings", json={"pieces": pieces}, headers=ACTOR)


def errors_of(answer: httpx2.Response) -> list[str | None]:
    """What is wrong with each line."""
    assert answer.status_code == 200, answer.text
    return [each["error"] for each in answer.json()["results"]]


async def audited(service: ServiceClient, *said: dict[str, Any]) -> list[str]:
    """What the audit holds of these pieces."""
    async with service.state.sessions() as session:
        events = select(Outbox.body).where(Outbox.type == FeedbackHandled.type)
        bodies = await session.scalars(events)
    handled = [FeedbackHandled.model_validate_json(json.dumps(json.loads(body)["data"])) for body in bodies]
    ids = {UUID(each["id"]) for each in said}
    found = [each for each in handled if each.subject_id in ids]
    assert {(each.actor, each.role) for each in found} <= {("jd-17", "moderator")}
    return sorted(each.action for each in found)


async def test_each_decision_stands_alone_and_a_bad_one_leaves_nothing(
    service: ServiceClient, partner: ServiceClient, trust: ServiceClient, trust_id: UUID
) -> None:
    good, secret, stale = [await give_feedback(partner, trust_id) for _ in range(3)]
    complaint = await give_feedback(partner, trust_id, kind="complaint")
    silent = await give_feedback(partner, trust_id, permissions={"publish": "no"})
    answer = await moderate(
        trust,
        piece(complaint, action="publish"),
        piece(good, action="publish"),
        piece(secret, action="withhold", reason_code="names_somebody"),
        piece(silent, action="publish"),
        piece(stale | {"version": 2}, action="publish"),
    )
    refused = ["complaint_never_published", None, None, "publish_not_permitted", "version_stale"]
    assert errors_of(answer) == refused
    results = answer.json()["results"]
    assert (answer.json()["accepted"], answer.json()["rejected"]) == (2, 3)
    assert [each["line"] for each in results] == list(range(1, 6))
    assert (results[1]["state"], results[2]["state"]) == ("published", "withheld")
    kept = (await trust.get(f"/v1/feedback/{secret['id']}")).json()
    assert (kept["withheld_reason"], kept["version"]) == (REASONS["names_somebody"], results[2]["version"])
    said = good, secret, stale, complaint, silent
    assert await audited(service, *said) == ["feedback_published", "feedback_withheld"]
    untouched = (await trust.get(f"/v1/feedback/{complaint['id']}")).json()
    assert (untouched["state"], untouched["version"], untouched["read_at"]) == ("received", 1, None)


async def test_what_is_another_bodys_is_as_what_nobody_knows(
    service: ServiceClient, partner: ServiceClient, trust: ServiceClient, client_of: ClientOf
) -> None:
    other = a_trust()
    await tell(service, other)
    theirs = client_of(other.organisation_id)
    foreign, public = [await give_feedback(partner, other.organisation_id) for _ in range(2)]
    await moderate_feedback(theirs, public)
    nobodys = {"id": str(new_id()), "version": 1}
    pieces = [piece(each, action="publish") for each in (foreign, nobodys)]
    answer = await moderate(trust, *pieces, piece(public, action="withhold", reason_code="is_abusive"))
    assert errors_of(answer) == ["not_found", "not_found", "not_concerned"]
    secret, unknown, _ = answer.json()["results"]
    assert [secret[name] == unknown[name] for name in ("detail", "state", "version")] == [True] * 3
    assert (await theirs.get(f"/v1/feedback/{foreign['id']}")).json()["version"] == 1


async def test_many_are_recorded_as_read_once(
    service: ServiceClient, partner: ServiceClient, trust: ServiceClient, trust_id: UUID
) -> None:
    said = [await give_feedback(partner, trust_id) for _ in range(2)]
    gone = await give_feedback(partner, trust_id)
    await service.post("/v1/replies/withdraw", json={"reply_code": gone["reply_code"]})
    answer = await read(trust, *map(piece, said), piece(gone | {"version": 2}))
    assert errors_of(answer) == [None, None, "already_withdrawn"]
    again = await read(trust, *(piece(each | {"version": 2}) for each in said))
    assert errors_of(again) == [None, None]
    assert await audited(service, *said) == ["feedback_read"] * 2
    assert errors_of(await read(partner, piece(said[0] | {"version": 2}))) == ["not_concerned"]


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"action": "withhold"}, "/decisions/0"),
        ({"action": "publish", "reason_code": "is_abusive"}, "/decisions/0"),
        ({"action": "withhold", "reason_code": "i_do_not_like_it"}, "/decisions/0/reason_code"),
        ({"action": "withhold", "reason": "..."}, "/decisions/0/reason"),
        ({"action": "publish", "version": 0}, "/decisions/0/version"),
    ],
)
async def test_a_decision_that_cannot_be_is_named(
    trust: ServiceClient, fields: dict[str, Any], pointer: str
) -> None:
    answer = await moderate(trust, {"feedback_id": str(new_id()), "version": 1} | fields)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


async def test_there_is_a_number_of_pieces_and_each_comes_once(trust: ServiceClient) -> None:
    one = {"feedback_id": str(new_id()), "version": 1}
    for pieces in ([], [one, one], [one | {"feedback_id": str(new_id())} for _ in range(101)]):
        answer = await read(trust, *pieces)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/pieces")


async def test_somebody_is_named_and_may_write(
    trust: ServiceClient, client_of: ClientOf, trust_id: UUID
) -> None:
    body = {"pieces": [{"feedback_id": str(new_id()), "version": 1}]}
    unnamed = await trust.post("/v1/feedback-bulk/readings", json=body)
    assert (unnamed.status_code, unnamed.json()["errors"][0]["pointer"]) == (422, "/headers/Doorway-Actor")
    reader = client_of(trust_id, "feedback:read")
    assert (await read(reader, *body["pieces"])).json()["code"] == "scope_missing"


async def test_many_cost_two_statements_and_a_few_more_for_each(
    partner: ServiceClient, trust: ServiceClient, trust_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = [await give_feedback(partner, trust_id) for _ in range(4)]
    with counted_statements(trust, monkeypatch) as executed:
        assert errors_of(await read(trust, *map(piece, said))) == [None] * 4
    assert len(executed) <= 5
