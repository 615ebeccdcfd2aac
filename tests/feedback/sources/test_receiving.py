"""Which id a message has, and that a secret that has just been changed is looked up before a refusal."""

import asyncio
import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from services.feedback.models import Feedback
from services.feedback.sources.models import Payload, RawBody
from shared.clock import now
from tests.feedback.sources.conftest import Settle
from tests.feedback.sources.senders import PAYLOAD, Sender, a_source, hmac_headers, hmac_source
from tests.fixtures.clients import ServiceClient

SCORE: dict[str, Any] = {"fields": {"rating.value": "score"}, "required": []} | {
    "samples": [
        {
            "synthetic": True,
            "payload": {"score": 5},
            "expected": {"rating": {"value": 5, "scale": "1-5"}, "kind": "survey_response"},
        }
    ]
}


async def post(sender: Sender, payload: Any, **headers: str) -> dict[str, Any]:
    """Post a payload that is signed by HMAC, and return the answer."""
    body = json.dumps(payload).encode()
    answer = await sender.post(body, **hmac_headers(sender.secret, body, **headers))
    assert answer.status_code == 202, answer.text
    taken: dict[str, Any] = answer.json()
    return taken


async def feedback_of(service: ServiceClient, sender: Sender) -> list[Feedback]:
    """The feedback that came from a source."""
    async with service.state.sessions() as session:
        mine = select(Feedback).where(Feedback.source_id == UUID(sender.source["id"]))
        return list(await session.scalars(mine))


async def test_without_an_id_each_post_is_new(
    service: ServiceClient, owner: ServiceClient, settle_all: Settle
) -> None:
    sender = await a_source(service, owner, **hmac_source())
    assert (sender.source["told_apart_by"], sender.source["retry_minutes"]) == ("post", 0)
    await sender.map_by(**SCORE)
    taken = [await post(sender, {"score": 5}) for _ in range(3)]
    assert len({each["received_id"] for each in taken}) == 3
    assert {each["outcome"] for each in taken} == {"new"}
    await settle_all()
    assert len(await feedback_of(service, sender)) == 3


async def test_the_same_content_within_the_window_is_a_retry(
    service: ServiceClient, owner: ServiceClient, settle_all: Settle
) -> None:
    sender = await a_source(service, owner, **hmac_source(retry_minutes=5))
    await sender.map_by(**SCORE)
    taken = await asyncio.gather(*(post(sender, {"score": 5}) for _ in range(4)))
    [first] = [each["received_id"] for each in taken if each["outcome"] == "new"]
    assert {each["repeat_of"] for each in taken if each["outcome"] == "repeat"} == {first}
    await settle_all()
    assert len(await feedback_of(service, sender)) == 1
    read = [await sender.read(f"received/{each['received_id']}") for each in taken]
    assert {each["state"] for each in read} == {"mapped"}
    assert sorted(str(each["repeat_of"]) for each in read) == sorted([first, first, first, "None"])
    # They came at once, so any of them may have been mapped first.
    outcomes = [each["feedback"][0]["outcome"] for each in read]
    assert sorted(outcomes) == ["new", "repeat", "repeat", "repeat"]
    async with service.state.sessions.begin() as session:
        await session.execute(update(Payload).values(received_at=now() - timedelta(minutes=6)))
    assert (await post(sender, {"score": 5}))["outcome"] == "new"


async def test_the_last_words_under_an_id_stand_though_the_first_said_the_same(
    service: ServiceClient, owner: ServiceClient, settle_all: Settle
) -> None:
    sender = await a_source(service, owner, **hmac_source(retry_minutes=5))
    await sender.map_by()
    for words in ("Good.", "Bad.", "Good."):
        await post(sender, PAYLOAD | {"comment": words})
        await settle_all()
    [feedback] = await feedback_of(service, sender)
    assert (feedback.text, feedback.revision) == ("Good.", 3)


async def test_other_content_under_the_id_of_an_answer_is_a_revision(
    service: ServiceClient, owner: ServiceClient, settle_all: Settle
) -> None:
    sender = await a_source(service, owner, **hmac_source(message_id_expression="id"))
    assert sender.source["told_apart_by"] == "field"
    await sender.map_by()
    outcomes = []
    for words in ("Good.", "Bad.", "Bad.", "Good."):
        outcomes.append((await post(sender, PAYLOAD | {"comment": words}))["outcome"])
        await settle_all()
    assert outcomes == ["new", "revision", "repeat", "revision"]
    [feedback] = await feedback_of(service, sender)
    assert (feedback.text, feedback.revision) == ("Good.", 3)


async def test_revisions_from_before_the_hash_of_their_id_was_kept_are_counted_on(
    service: ServiceClient, owner: ServiceClient
) -> None:
    sender = await a_source(service, owner, **hmac_source(message_id_expression="id"))
    for words in ("Good.", "Bad."):
        last = await post(sender, {**PAYLOAD, "comment": words})
    async with service.state.sessions.begin() as session:
        await session.execute(update(Payload).values(message_ref=None))
    again, other = [await post(sender, {**PAYLOAD, "comment": words}) for words in ("Bad.", "Worse.")]
    assert (again["received_id"], again["outcome"], other["outcome"]) == (
        last["received_id"],
        "repeat",
        "revision",
    )
    assert (await sender.read(f"received/{other['received_id']}"))["revision"] == 3


@pytest.mark.parametrize(
    ("is_mapped", "state", "faults"), [(True, "mapped", []), (False, "quarantined", ["body_deleted"])]
)
async def test_a_repeat_of_what_was_erased_meanwhile_is_not_mapped(
    service: ServiceClient,
    owner: ServiceClient,
    settle_all: Settle,
    *,
    is_mapped: bool,
    state: str,
    faults: list[str],
) -> None:
    sender = await a_source(service, owner, **hmac_source(retry_minutes=5))
    await sender.map_by(**SCORE)
    first = await post(sender, {"score": 5})
    await settle_all()
    repeat = await post(sender, {"score": 5})
    async with service.state.sessions.begin() as session:
        gone = update(Payload).where(Payload.id == UUID(first["received_id"]))
        await session.execute(gone.values(message_id=None, state="mapped" if is_mapped else "quarantined"))
    await settle_all()
    told = await sender.read(f"received/{repeat['received_id']}")
    assert (told["state"], [each["error_class"] for each in told["quarantined"]]) == (state, faults)
    async with service.state.sessions() as session:
        assert await session.get(RawBody, UUID(repeat["received_id"])) is None


async def test_an_id_that_is_not_signed_does_not_make_a_repeat_new(
    service: ServiceClient, owner: ServiceClient, settle_all: Settle
) -> None:
    sender = await a_source(service, owner, **hmac_source(message_id_header="X-Id"))
    assert (sender.source["told_apart_by"], sender.source["retry_minutes"]) == ("unsigned_id", 5)
    await sender.map_by(**SCORE)
    first = await post(sender, {"score": 5}, **{"x-id": "m-1"})
    relayed = await post(sender, {"score": 5}, **{"x-id": "m-2"})
    assert (relayed["outcome"], relayed["repeat_of"]) == ("repeat", first["received_id"])
    await settle_all()
    assert len(await feedback_of(service, sender)) == 1


async def test_another_type_that_nobody_signed_does_not_make_a_repeat_new(
    service: ServiceClient, owner: ServiceClient
) -> None:
    sender = await a_source(service, owner, **hmac_source(retry_minutes=5))
    first = await post(sender, {"score": 5})
    for kind in ("application/x-ndjson", "application/x-www-form-urlencoded"):
        relayed = await post(sender, {"score": 5}, **{"content-type": kind})
        assert (relayed["outcome"], relayed["repeat_of"]) == ("repeat", first["received_id"])


async def test_a_signed_id_needs_no_window(service: ServiceClient, owner: ServiceClient) -> None:
    signed = {"message_id_header": "X-Id", "signed": "{id}.{body}"}
    sender = await a_source(service, owner, **hmac_source(**signed))
    assert (sender.source["told_apart_by"], sender.source["retry_minutes"]) == ("signed_id", 0)
    new = {"name": "Survey", "scheme": "hmac-sha256"} | hmac_source(**signed, retry_minutes=5)
    refused = await owner.post("/v1/sources", json=new)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/hmac")


async def test_the_id_may_stand_in_the_body(service: ServiceClient, owner: ServiceClient) -> None:
    sender = await a_source(service, owner, **hmac_source(message_id_expression="id"))
    first, changed, without = (
        json.dumps(payload).encode() for payload in (PAYLOAD, {"id": "r-1"}, {"id": None})
    )
    taken = await sender.post(first, **hmac_headers(sender.secret, first))
    revised = await sender.post(changed, **hmac_headers(sender.secret, changed))
    nameless = await sender.post(without, **hmac_headers(sender.secret, without))
    assert (taken.status_code, revised.json()["outcome"]) == (202, "revision")
    assert (nameless.status_code, nameless.json()["code"]) == (422, "message_id_refused")


@pytest.mark.parametrize("message_id", ["", "x" * 191])
async def test_the_id_may_stand_in_a_header(
    service: ServiceClient, owner: ServiceClient, message_id: str
) -> None:
    sender = await a_source(service, owner, **hmac_source(message_id_header="X-Id"))
    good = await sender.post(b"{}", **hmac_headers(sender.secret, b"{}", **{"x-id": "m-1"}))
    bad = await sender.post(b"[]", **hmac_headers(sender.secret, b"[]", **{"x-id": message_id}))
    assert (good.status_code, bad.json()["code"]) == (202, "message_id_refused")


async def test_an_expression_that_fails_on_a_payload_gives_no_id(
    service: ServiceClient, owner: ServiceClient
) -> None:
    sender = await a_source(service, owner, **hmac_source(message_id_expression="length(id)"))
    refused = await sender.post(b'{"id": 1}', **hmac_headers(sender.secret, b'{"id": 1}'))
    assert (refused.status_code, refused.json()["code"]) == (422, "message_id_refused")
