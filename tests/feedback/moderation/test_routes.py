"""Moderation over HTTP: who may, versions, and that erasure leaves nothing personal."""

from typing import Any
from uuid import UUID

import asyncpg
import pytest

from shared.ids import new_id
from tests.feedback.examples import ACTOR, WORDS, ClientOf, give_feedback, moderate_feedback
from tests.fixtures.clients import ServiceClient

STEPS: dict[str, Any] = {
    "moderation": {"action": "withhold", "reason": "It came twice."},
    "read": None,
    "themes": {"themes": []},
    "withdrawal": None,
    "erasure": {"reason": "They asked us to."},
}
MODERATION = ("moderation", "read", "themes")
ENDINGS = ("withdrawal", "erasure")


async def step(client: ServiceClient, told: dict[str, Any], name: str, version: int | None = 1) -> Any:
    """Take one step of moderation."""
    headers = ACTOR if version is None else {"If-Match": f'"{version}"', **ACTOR}
    return await client.post(f"/v1/feedback/{told['id']}/{name}", json=STEPS[name], headers=headers)


@pytest.fixture
def eraser(client_of: ClientOf, trust_id: UUID) -> ServiceClient:
    """A client of the trust that may erase what was said about it."""
    return client_of(trust_id, "feedback:read", "feedback:erase")


@pytest.mark.parametrize("name", STEPS)
async def test_who_may_take_each_step_takes_it(
    trust: ServiceClient, partner: ServiceClient, trust_id: UUID, name: str
) -> None:
    told = await give_feedback(partner, trust_id)
    answer = await step(partner if name in ENDINGS else trust, told, name)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["version"], answer.headers["etag"]) == (2, '"2"')


@pytest.mark.parametrize("name", STEPS)
async def test_a_step_needs_the_present_version(
    trust: ServiceClient, partner: ServiceClient, trust_id: UUID, name: str
) -> None:
    told, who = await give_feedback(partner, trust_id), partner if name in ENDINGS else trust
    missing, stale, strange = [await step(who, told, name, version) for version in (None, 7, -1)]
    assert (missing.status_code, missing.json()["code"]) == (428, "version_required")
    assert (stale.status_code, stale.json()["code"]) == (412, "version_stale")
    assert (strange.status_code, strange.json()["code"]) == (412, "version_stale")


@pytest.mark.parametrize("how", [{}, {"erase": True}], ids=["withdrawn", "erased"])
async def test_a_repeat_does_not_show_words_that_are_gone(
    service: ServiceClient, trust: ServiceClient, partner: ServiceClient, trust_id: UUID, how: dict[str, bool]
) -> None:
    told, other = [await give_feedback(partner, trust_id, text=f"{WORDS} {n}") for n in range(2)]

    async def read(each: dict[str, Any]) -> Any:
        headers = {"If-Match": '"1"', "Idempotency-Key": f"k {each['id']}", **ACTOR}
        return await trust.post(f"/v1/feedback/{each['id']}/read", headers=headers)

    first = [await read(each) for each in (told, other)]
    assert first[0].json()["text"]
    code = {"reply_code": told["reply_code"]}
    assert (await service.post("/v1/replies/withdraw", json=code | how)).status_code == 200
    again = await read(told)
    assert (again.status_code, again.json()["code"]) == (410, "answer_erased")
    assert (await read(other)).content == first[1].content


@pytest.mark.parametrize("name", STEPS)
async def test_others_cannot_tell_that_it_exists(
    trust: ServiceClient, client_of: ClientOf, trust_id: UUID, name: str
) -> None:
    told = await give_feedback(trust, trust_id)
    answer = await step(client_of(new_id()), told, name)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("name", STEPS)
async def test_a_step_needs_its_scope(
    trust: ServiceClient, service: ServiceClient, client_of: ClientOf, trust_id: UUID, name: str
) -> None:
    told = await give_feedback(trust, trust_id)
    reader = await step(client_of(trust_id, "feedback:read"), told, name)
    nobody = await step(service, told, name)
    assert (reader.status_code, reader.json()["code"]) == (403, "scope_missing")
    assert (nobody.status_code, nobody.json()["code"]) == (401, "key_required")


@pytest.mark.parametrize("name", MODERATION)
async def test_who_only_sent_it_does_not_moderate_it(
    partner: ServiceClient, trust_id: UUID, name: str
) -> None:
    answer = await step(partner, await give_feedback(partner, trust_id), name)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_concerned")


@pytest.mark.parametrize(("name", "state"), [("withdrawal", "withdrawn"), ("erasure", "erased")])
async def test_who_sent_it_may_take_it_back(
    partner: ServiceClient, trust_id: UUID, name: str, state: str
) -> None:
    answer = await step(partner, await give_feedback(partner, trust_id), name)
    assert (answer.status_code, answer.json()["state"]) == (200, state)


async def test_what_is_taken_back_is_gone_from_the_public(
    trust: ServiceClient, service: ServiceClient, trust_id: UUID
) -> None:
    told = await give_feedback(trust, trust_id)
    path = f"/v1/feedback/{told['id']}"
    await moderate_feedback(trust, told)
    assert (await service.get(path)).status_code == 200
    await service.post("/v1/replies/withdraw", json={"reply_code": told["reply_code"]})
    assert (await service.get(path)).status_code == 404


async def test_nobody_reads_the_words_of_what_is_taken_back(
    partner: ServiceClient, client_of: ClientOf, trust_id: UUID
) -> None:
    told = await give_feedback(partner, trust_id, text=WORDS, answers=[{"question": "Who?", "text": "Jo"}])
    path = f"/v1/feedback/{told['id']}"
    answer = await step(partner, told, "withdrawal")
    reader = client_of(trust_id, "feedback:read", "feedback:identify")
    shown = (await reader.get(path)).json()
    listed = (await reader.get("/v1/feedback", params={"state": "withdrawn"})).json()["items"]
    for each in (answer.json(), shown, *listed):
        assert (each["state"], each["text"], each["answers"]) == ("withdrawn", None, [])
    assert [each["id"] for each in listed] == [told["id"]]
    assert (await reader.get(f"{path}/original", headers=ACTOR)).status_code == 404
    assert (await reader.get(f"{path}/revisions")).status_code == 404


async def test_erasure_leaves_nothing_personal(
    trust: ServiceClient, eraser: ServiceClient, trust_id: UUID, feedback_db: str
) -> None:
    said: dict[str, Any] = {
        "contributor": {"channel": "email", "address": "jo@example.org"},
        "demographics": {"age_band": "65_74"},
        "external_id": f"jo {new_id()}",
        "answers": [{"question": "Who?", "text": "Jo"}],
        "proxy_by": "Jo's son",
    }
    await give_feedback(trust, trust_id, **said)
    told = await give_feedback(trust, trust_id, **said | {"text": "Something else."})
    before = await rows_with(feedback_db, told["id"])
    answer = await step(eraser, told, "erasure", told["version"])
    assert (answer.json()["state"], answer.json()["text"], answer.json()["external_id"]) == (
        "erased",
        None,
        None,
    )
    after = await rows_with(feedback_db, told["id"])
    assert (before, after) == ({"revision": 1, "contributor": 2}, {"revision": 0, "contributor": 0})
    # What is sent again under the same id does not bring it back.
    again = await give_feedback(trust, trust_id, **said)
    assert (again["id"], again["state"]) == (told["id"], "erased")
    assert WORDS not in str(await whole_row(feedback_db, told["id"]))
    erased_again = await step(eraser, told, "erasure", answer.json()["version"])
    assert (erased_again.status_code, erased_again.json()["code"]) == (409, "already_erased")


async def rows_with(database: str, feedback_id: str) -> dict[str, int]:
    """How many rows beside its own know a piece of feedback."""
    connection = await asyncpg.connect(database)
    try:
        counted = await connection.fetchrow(
            "SELECT (SELECT count(*) FROM revision WHERE feedback_id = $1) AS revision,"
            " (SELECT count(feedback_id) FROM contributors.contributor WHERE feedback_id = $1)"
            " AS contributor",
            UUID(feedback_id),
        )
        return dict(counted) if counted else {}
    finally:
        await connection.close()


async def whole_row(database: str, feedback_id: str) -> Any:
    """The whole row of a piece of feedback."""
    connection = await asyncpg.connect(database)
    try:
        return await connection.fetchrow("SELECT * FROM feedback WHERE id = $1", UUID(feedback_id))
    finally:
        await connection.close()
