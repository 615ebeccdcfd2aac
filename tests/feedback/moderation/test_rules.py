"""Publishing by rule: what a rule covers, what none gets past, who made it, and how a person undoes it."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from services.feedback.moderation.rules import RULES_MAX, publish_by_rule
from shared.events.feedback import FeedbackHandled, FeedbackPublished, RuleManaged
from shared.ids import new_id
from shared.outbox import Outbox
from tests.feedback.examples import (
    ACTOR,
    ClientOf,
    a_footprint,
    a_trust,
    give_feedback,
    moderate_feedback,
    tell,
)
from tests.fixtures.clients import ServiceClient

ANY_WORDS = {"kinds": ["comment", "survey_response"], "only_scores": False}
SCORE = {"kind": "survey_response", "text": None, "rating": {"value": 5, "scale": "1-5"}}


async def make_rule(client: ServiceClient, **fields: Any) -> dict[str, Any]:
    """Make a rule."""
    answer = await client.post("/v1/publishing-rules", json=ANY_WORDS | fields, headers=ACTOR)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    assert answer.headers["location"] == f"/v1/publishing-rules/{made['id']}"
    return made


async def publish(service: ServiceClient) -> None:
    """Let the worker publish what rules cover."""
    done = 1
    while done:
        async with service.state.sessions.begin() as session:
            done = await publish_by_rule(session)


async def states(client: ServiceClient, *said: dict[str, Any]) -> list[str]:
    """The states of these pieces."""
    return [(await client.get(f"/v1/feedback/{each['id']}")).json()["state"] for each in said]


async def told_of(service: ServiceClient, subject: str) -> list[tuple[str, str]]:
    """The events about something, each with its body."""
    async with service.state.sessions() as session:
        rows = await session.execute(select(Outbox.type, Outbox.body).order_by(Outbox.id))
    return [(name, body) for name, body in rows if subject in body]


async def test_a_rule_publishes_what_it_covers_and_says_that_it_did(
    service: ServiceClient, partner: ServiceClient, trust: ServiceClient, trust_id: UUID
) -> None:
    before = await give_feedback(partner, trust_id)
    rule = await make_rule(trust)
    assert (rule["made_by"], rule["ended_at"]) == ("jd-17", None)
    told, story = await give_feedback(partner, trust_id), await give_feedback(partner, trust_id, kind="story")
    await publish(service)
    assert await states(trust, before, told, story) == ["received", "published", "received"]
    seen = (await trust.get(f"/v1/feedback/{told['id']}")).json()
    assert (seen["published_by_rule"], seen["read_at"], seen["version"]) == (rule["id"], None, 2)
    unread = (await trust.get("/v1/feedback?work=unread")).json()["items"]
    assert told["id"] in {each["id"] for each in unread}
    public = (await service.get(f"/v1/feedback/{told['id']}")).json()
    assert (public["state"], public["published_by_rule"]) == ("published", None)
    reply = (await service.post("/v1/replies/lookup", json={"reply_code": told["reply_code"]})).json()
    assert reply["message"] == (
        "A rule of the body that it is about published it. No person has read it yet."
    )
    assert [(each["what"], each["by"]) for each in reply["steps"]][-1] == ("published", "rule")
    events = await told_of(service, told["id"])
    assert FeedbackPublished.type in {name for name, _ in events}
    (handled,) = [body for name, body in events if name == FeedbackHandled.type]
    assert '"actor":"rule"' in handled
    assert '"role":"publication"' in handled
    assert f'"organisation_id":"{trust_id}"' in handled


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "complaint"},
        {"urgent": True},
        {"permissions": {}},
        {"permissions": {"publish": "no"}},
        {"text": "Call me on 07700 900123."},
        {"text": "It was good.", "touchpoints": ["Ward of Dr Smith, 07700 900123"]},
        {"kind": "staff"},
    ],
)
async def test_no_rule_gets_past_these(
    service: ServiceClient,
    partner: ServiceClient,
    trust: ServiceClient,
    trust_id: UUID,
    fields: dict[str, Any],
) -> None:
    kinds = ["story", "comment", "survey_response", "compliment", "suggestion"]
    await make_rule(trust, kinds=kinds)
    told = await give_feedback(partner, trust_id, **fields)
    await publish(service)
    assert await states(trust, told) == ["received"]


async def test_a_rule_is_of_one_body_and_leaves_alone_what_is_about_others_too(
    service: ServiceClient, partner: ServiceClient, trust: ServiceClient, trust_id: UUID, client_of: ClientOf
) -> None:
    other = a_trust()
    await tell(service, other)
    await make_rule(trust)
    both = await give_feedback(partner, trust_id, organisations=[str(trust_id), str(other.organisation_id)])
    theirs = await give_feedback(partner, other.organisation_id)
    await publish(service)
    assert await states(client_of(other.organisation_id), both, theirs) == ["received"] * 2


async def test_scores_alone_are_told_from_words(
    service: ServiceClient, partner: ServiceClient, trust: ServiceClient, trust_id: UUID
) -> None:
    await make_rule(trust, only_scores=True)
    score = await give_feedback(partner, trust_id, **SCORE)
    words = [
        await give_feedback(partner, trust_id),
        await give_feedback(partner, trust_id, **SCORE | {"answers": [{"text": "It was good.", "score": 5}]}),
        await give_feedback(partner, trust_id, **SCORE | {"proxy_by": "a parent"}),
    ]
    asked = await give_feedback(partner, trust_id, **SCORE | {"answers": [{"question": "Good?", "score": 5}]})
    await publish(service)
    # A partner could write a sentence about somebody as a question, and give it a score.
    assert await states(trust, score, asked, *words) == ["published", *["received"] * 4]


async def test_a_rule_leaves_alone_what_its_sender_placed_elsewhere(
    service: ServiceClient, partner: ServiceClient, trust: ServiceClient, trust_id: UUID
) -> None:
    board = a_footprint()
    await tell(service, board)
    await make_rule(trust)
    placed = await give_feedback(partner, trust_id, footprint=str(board.footprint_id))
    await publish(service)
    assert await states(trust, placed) == ["received"]


async def test_a_person_undoes_it_and_no_rule_does_it_again(
    service: ServiceClient, partner: ServiceClient, trust: ServiceClient, trust_id: UUID
) -> None:
    await make_rule(trust)
    told = await give_feedback(partner, trust_id, external_id="1")
    await publish(service)
    seen = await moderate_feedback(trust, told | {"version": 2}, "withhold", reason="It names a neighbour.")
    assert (seen["state"], seen["published_by_rule"]) == ("withheld", None)
    await give_feedback(partner, trust_id, external_id="1", text="Other words.")
    await publish(service)
    assert await states(trust, told) == ["received"]


async def test_a_rule_that_was_ended_publishes_nothing_more(
    service: ServiceClient, partner: ServiceClient, trust: ServiceClient, trust_id: UUID
) -> None:
    rule = await make_rule(trust)
    published = await give_feedback(partner, trust_id)
    await publish(service)
    ended = await trust.delete(f"/v1/publishing-rules/{rule['id']}", headers=ACTOR)
    assert (ended.status_code, ended.json()["ended_by"]) == (200, "jd-17")
    again = await trust.delete(f"/v1/publishing-rules/{rule['id']}", headers=ACTOR)
    assert again.json()["ended_at"] == ended.json()["ended_at"]
    later = await give_feedback(partner, trust_id)
    await publish(service)
    assert await states(trust, published, later) == ["published", "received"]
    listed = (await trust.get("/v1/publishing-rules")).json()["items"]
    assert [each["id"] for each in listed] == [rule["id"]]
    audited = [body for name, body in await told_of(service, rule["id"]) if name == RuleManaged.type]
    assert ["publishing_rule_made" in audited[0], "publishing_rule_ended" in audited[1]] == [True, True]


async def test_nobody_sees_makes_or_ends_the_rules_of_another(
    service: ServiceClient, trust: ServiceClient, client_of: ClientOf, trust_id: UUID
) -> None:
    rule, stranger = await make_rule(trust), client_of(new_id())
    assert (await stranger.get("/v1/publishing-rules")).json()["items"] == []
    ended = await stranger.delete(f"/v1/publishing-rules/{rule['id']}", headers=ACTOR)
    assert (ended.status_code, ended.json()["code"]) == (404, "rule_unknown")
    reader = client_of(trust_id, "feedback:read")
    made = await reader.post("/v1/publishing-rules", json=ANY_WORDS, headers=ACTOR)
    assert made.json()["code"] == "scope_missing"
    unnamed = await trust.post("/v1/publishing-rules", json=ANY_WORDS)
    assert unnamed.json()["errors"][0]["pointer"] == "/headers/Doorway-Actor"
    foreign = await trust.post(
        "/v1/publishing-rules", json=ANY_WORDS | {"source_id": str(new_id())}, headers=ACTOR
    )
    assert (foreign.status_code, foreign.json()["code"]) == (404, "source_unknown")


@pytest.mark.parametrize("kinds", [[], ["complaint"], ["staff"]])
async def test_a_rule_is_about_kinds_that_may_be_published(trust: ServiceClient, kinds: list[str]) -> None:
    answer = await trust.post("/v1/publishing-rules", json={"kinds": kinds}, headers=ACTOR)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"].startswith("/kinds")


async def test_a_body_has_a_number_of_rules(trust: ServiceClient) -> None:
    for _ in range(RULES_MAX):
        await make_rule(trust)
    answer = await trust.post("/v1/publishing-rules", json=ANY_WORDS, headers=ACTOR)
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_rules")
