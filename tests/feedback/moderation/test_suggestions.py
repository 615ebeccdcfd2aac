"""Suggested themes: seen by who may moderate, accepted or refused by a person, and otherwise nowhere."""

from typing import Any
from uuid import UUID

import pytest

from services.feedback.themes.suggesting import load_model
from shared.ids import new_id
from tests.feedback.examples import ACTOR, ClientOf, give_feedback, moderate_feedback
from tests.feedback.statements import counted_statements
from tests.fixtures.clients import ServiceClient

SAID = "We waited three hours for the ambulance. It took for ever to come."
LATE = "timeliness_of_care"


async def give_comment(client: ServiceClient, trust_id: UUID, **fields: Any) -> dict[str, Any]:
    """Give a comment about waiting."""
    return await give_feedback(client, trust_id, text=SAID, **fields)


async def suggested(client: ServiceClient, told: dict[str, Any]) -> dict[str, Any]:
    """What is suggested for it."""
    answer = await client.get(f"/v1/feedback/{told['id']}/theme-suggestions")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def step(client: ServiceClient, told: dict[str, Any], name: str, version: int = 1, **body: Any) -> Any:
    """Label it, or refuse a suggestion."""
    headers = {"If-Match": f'"{version}"', **ACTOR}
    return await client.post(f"/v1/feedback/{told['id']}/{name}", json=body, headers=headers)


async def test_suggestions_are_computed_for_who_moderates(trust: ServiceClient, trust_id: UUID) -> None:
    found = await suggested(trust, told := await give_comment(trust, trust_id))
    assert (found["feedback_id"], found["version"], found["taxonomy"]) == (told["id"], 1, "v7")
    assert found["model"] == load_model().head.version
    assert found["items"][0]["code"] == LATE
    assert {each["state"] for each in found["items"]} == {"open"}
    assert "often wrong" in found["notice"]


async def test_the_answers_and_their_questions_are_read(trust: ServiceClient, trust_id: UUID) -> None:
    answers = [{"question": "What could we do better?", "text": SAID}, {"score": 3}]
    rating = {"value": 5, "scale": "fft"}
    told = await give_feedback(trust, trust_id, text=None, answers=answers, rating=rating)
    assert LATE in [each["code"] for each in (await suggested(trust, told))["items"]]
    scored = await give_feedback(trust, trust_id, text=None, rating=rating)
    assert (await suggested(trust, scored))["items"] == []


async def test_nobody_else_sees_them(
    service: ServiceClient, trust: ServiceClient, partner: ServiceClient, client_of: ClientOf, trust_id: UUID
) -> None:
    told = await give_comment(partner, trust_id)
    path = f"/v1/feedback/{told['id']}/theme-suggestions"
    await moderate_feedback(trust, told)
    answers = [await each.get(path) for each in (service, partner, client_of(new_id()))]
    assert [each.status_code for each in answers] == [401, 404, 404]
    writer = await client_of(trust_id, "feedback:write").get(path)
    assert (writer.status_code, writer.json()["code"]) == (403, "scope_missing")


async def test_what_is_accepted_is_a_persons_label_that_names_the_model(
    service: ServiceClient, trust: ServiceClient, trust_id: UUID
) -> None:
    told = await give_comment(trust, trust_id)
    found = await suggested(trust, told)
    label = {"code": LATE, "polarity": "negative", "suggested_by": found["model"]}
    labelled = await step(trust, told, "themes", themes=[label, {"code": "parking"}])
    accepted = label | {"by": "person", "score": found["items"][0]["score"]}
    assert labelled.json()["themes"] == [accepted, {"code": "parking", "by": "person"}]
    assert (await suggested(trust, told))["items"][0]["state"] == "labelled"
    again = await step(trust, told, "themes", 2, themes=[label])
    assert again.json()["themes"] == [accepted]
    await moderate_feedback(trust, again.json())
    public = await service.get(f"/v1/feedback/{told['id']}")
    listed = await service.get("/v1/feedback", params={"organisation": str(trust_id)})
    shown = {"code": LATE, "polarity": "negative", "by": "person"}
    assert public.json()["themes"] == listed.json()["items"][0]["themes"] == [shown]


async def test_a_suggestion_that_nobody_made_is_not_accepted(trust: ServiceClient, trust_id: UUID) -> None:
    told = await give_comment(trust, trust_id)
    model = load_model().head.version
    for code, version in (("parking", model), (LATE, "0" * 12)):
        themes = [{"code": "parking"}, {"code": code, "suggested_by": version}]
        refused = await step(trust, told, "themes", themes=themes)
        assert (refused.status_code, refused.json()["code"]) == (422, "not_suggested")
        assert refused.json()["errors"][0]["pointer"] == "/themes/1/suggested_by"
        refused = await step(trust, told, "theme-refusals", code=code, suggested_by=version)
        assert refused.json()["errors"][0]["pointer"] == "/suggested_by"


async def test_a_sender_cannot_say_that_a_model_suggested_it(trust: ServiceClient, trust_id: UUID) -> None:
    theme = {"code": LATE, "suggested_by": load_model().head.version}
    said = {"kind": "comment", "text": SAID, "organisation": str(trust_id), "themes": [theme]}
    refused = await trust.post("/v1/feedback", json=said)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/themes/0/suggested_by")


async def test_a_refusal_is_kept_for_the_words_that_stand(trust: ServiceClient, trust_id: UUID) -> None:
    told = await give_comment(trust, trust_id, external_id="1")
    refusal: dict[str, Any] = {"code": LATE, "suggested_by": load_model().head.version}
    for _ in range(2):
        refused = await step(trust, told, "theme-refusals", **refusal)
        assert (refused.status_code, refused.json()) == (201, refusal | {"feedback_id": told["id"]})
    assert (await suggested(trust, told))["items"][0]["state"] == "refused"
    assert (await trust.get(f"/v1/feedback/{told['id']}")).json()["themes"] == []
    await give_feedback(trust, trust_id, text=f"{SAID} Twice.", external_id="1")
    assert (await suggested(trust, told))["items"][0]["state"] == "open"


async def test_a_label_takes_a_refusal_back(trust: ServiceClient, trust_id: UUID) -> None:
    told = await give_comment(trust, trust_id)
    model = load_model().head.version
    await step(trust, told, "theme-refusals", code=LATE, suggested_by=model)
    await step(trust, told, "themes", themes=[{"code": LATE}])
    await step(trust, told, "themes", 2, themes=[])
    assert (await suggested(trust, told))["items"][0]["state"] == "open"


async def test_a_stranger_refuses_nothing(
    trust: ServiceClient, partner: ServiceClient, client_of: ClientOf, trust_id: UUID
) -> None:
    told = await give_comment(partner, trust_id)
    refusal: dict[str, Any] = {"code": LATE, "suggested_by": load_model().head.version}
    answers = [await step(each, told, "theme-refusals", **refusal) for each in (partner, client_of(new_id()))]
    assert [each.json()["code"] for each in answers] == ["not_concerned", "not_found"]


@pytest.mark.parametrize("name", ["withdrawal", "erasure"])
async def test_gone_words_have_no_suggestions_and_no_refusals(
    trust: ServiceClient, partner: ServiceClient, trust_id: UUID, name: str
) -> None:
    told = await give_comment(partner, trust_id)
    refusal: dict[str, Any] = {"code": LATE, "suggested_by": load_model().head.version}
    await step(trust, told, "theme-refusals", **refusal)
    body: dict[str, Any] = {"reason": "They asked us to."} if name == "erasure" else {}
    assert (await step(partner, told, name, **body)).status_code == 200
    assert (await trust.get(f"/v1/feedback/{told['id']}/theme-suggestions")).status_code == 404
    gone = await step(trust, told, "theme-refusals", 2, **refusal)
    assert gone.json()["code"] == ("already_erased" if name == "erasure" else "already_withdrawn")


async def test_suggesting_costs_three_statements(
    trust: ServiceClient, trust_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = await give_comment(trust, trust_id)
    with counted_statements(trust, monkeypatch) as executed:
        await suggested(trust, told)
    assert len(executed) == 3
