"""The way in over HTTP: what is taken, what is refused and why, and that the same again makes nothing new."""

import asyncio
import json
from typing import Any

import pytest
from sqlalchemy import func, select

from services.feedback.sources.models import Payload, RawBody
from shared.ids import new_id
from tests.feedback.sources.senders import (
    PAYLOAD,
    Sender,
    a_source,
    hmac_headers,
    hmac_source,
    standard_headers,
)
from tests.fixtures.clients import ServiceClient


async def count(service: ServiceClient, sender: Sender) -> tuple[int, int]:
    """How many payloads of a source are kept, and how many bodies."""
    async with service.state.sessions() as session:
        mine = select(func.count()).where(Payload.source_id == sender.source["id"])
        kept = await session.scalar(mine)
        raw = await session.scalar(mine.join_from(Payload, RawBody))
    return kept or 0, raw or 0


async def test_what_is_signed_is_kept_sealed(service: ServiceClient, sender: Sender) -> None:
    taken = await sender.send()
    assert taken.status_code == 202, taken.text
    async with service.state.sessions() as session:
        raw = await session.get_one(RawBody, taken.json()["received_id"])
    assert b"nurse" not in raw.sealed
    assert await count(service, sender) == (1, 1)


async def test_the_same_again_gets_the_same_answer_and_makes_nothing(
    service: ServiceClient, sender: Sender
) -> None:
    answers = await asyncio.gather(*(sender.send(message_id="m-1") for _ in range(8)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["received_id"] for answer in answers}) == 1
    assert await count(service, sender) == (1, 1)
    assert (await sender.read("attempts"))["items"][0]["repeats"] == 7


async def test_another_body_under_the_same_id_is_refused(service: ServiceClient, sender: Sender) -> None:
    await sender.send(message_id="m-1")
    refused = await sender.send({"other": 1}, message_id="m-1")
    assert (refused.status_code, refused.json()["code"]) == (409, "message_id_reused")
    assert await count(service, sender) == (1, 1)


async def test_the_same_id_at_another_source_is_another_message(
    service: ServiceClient, owner: ServiceClient, sender: Sender
) -> None:
    other = await a_source(service, owner)
    first, second = await sender.send(message_id="m-1"), await other.send(message_id="m-1")
    assert first.json()["received_id"] != second.json()["received_id"]


@pytest.mark.parametrize(
    "headers",
    [
        {"webhook-signature": "v1,AAAA"},
        {"webhook-signature": "nonsense"},
        {"webhook-signature": ""},
        {"webhook-id": "another"},
        {"webhook-timestamp": "1"},
        {"webhook-timestamp": "noon"},
        {"webhook-timestamp": "9" * 400},
    ],
)
async def test_a_signature_that_does_not_fit_is_refused_and_written_down(
    service: ServiceClient, sender: Sender, headers: dict[str, str]
) -> None:
    refused = await sender.send(**headers)
    assert (refused.status_code, refused.json()["code"]) == (401, "signature_refused")
    assert refused.headers["content-type"] == "application/problem+json"
    assert await count(service, sender) == (0, 0)
    [attempt] = (await sender.read("attempts"))["items"]
    assert (attempt["outcome"], attempt["code"], attempt["status"]) == ("refused", "signature_refused", 401)
    assert attempt["detail"] == refused.json()["detail"]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b'{"a": "\xff"}', "byte 7 is not UTF-8"),
        (b'{"a": ', "not JSON at line 1"),
        (b"", "not JSON"),
        (b"12", "must be a JSON object or array"),
        (b'{"a": NaN}', "not JSON"),
        (b"[" * 2000 + b"]" * 2000, "not JSON"),
    ],
)
async def test_a_signed_body_that_cannot_be_read_is_refused_by_name(
    service: ServiceClient, sender: Sender, body: bytes, says: str
) -> None:
    refused = await sender.post(body, **standard_headers(sender.secret, body, "m-1"))
    problem = refused.json()
    assert (refused.status_code, problem["code"]) == (422, "body_not_json")
    assert says in problem["errors"][0]["detail"]
    assert await count(service, sender) == (0, 0)
    assert says in (await sender.read("attempts"))["items"][0]["detail"]


async def test_a_body_over_the_limit_is_refused(sender: Sender) -> None:
    refused = await sender.send({"a": "x" * 1_048_576})
    assert (refused.status_code, refused.json()["code"]) == (413, "body_too_large")


@pytest.mark.parametrize("payload", [[PAYLOAD, PAYLOAD], [], {}, {"a": "\0"}])
async def test_objects_and_arrays_of_any_kind_are_kept(sender: Sender, payload: Any) -> None:
    assert (await sender.send(payload)).status_code == 202


async def test_a_form_is_kept(service: ServiceClient, owner: ServiceClient) -> None:
    form = await a_source(service, owner, **hmac_source())
    body = b"comment=Thank+you&score=2&tag=a&tag=b"
    kind = "application/x-www-form-urlencoded; charset=utf-8"
    headers = hmac_headers(form.secret, body) | {"content-type": kind}
    assert (await form.post(body, **headers)).status_code == 202
    broken = b"comment=%ff"
    refused = await form.post(broken, **(hmac_headers(form.secret, broken) | {"content-type": kind}))
    assert (refused.status_code, refused.json()["code"]) == (422, "body_not_json")


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"content-encoding": "gzip"}, "encoding_not_read"),
        ({"content-type": "application/xml"}, "body_type_not_read"),
    ],
)
async def test_a_body_that_nobody_reads_is_refused_for_good(
    service: ServiceClient, sender: Sender, headers: dict[str, str], code: str
) -> None:
    refused = await sender.send(**headers)
    assert (refused.status_code, refused.json()["code"]) == (415, code)
    assert "retry-after" not in refused.headers
    assert await count(service, sender) == (0, 0)
    assert (await sender.read("attempts"))["items"][0]["code"] == code


@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded"])
async def test_json_with_a_byte_order_mark_is_taken_under_either_type(sender: Sender, kind: str) -> None:
    body = b"\xef\xbb\xbf" + json.dumps(PAYLOAD).encode()
    headers = standard_headers(sender.secret, body, "m-1") | {"content-type": kind}
    assert (await sender.post(body, **headers)).status_code == 202


@pytest.mark.parametrize("status", [200, 201, 204])
async def test_the_source_chooses_what_success_is_called(
    service: ServiceClient, owner: ServiceClient, status: int
) -> None:
    sender = await a_source(service, owner, success_status=status)
    taken = await sender.send()
    assert taken.status_code == status
    assert bool(taken.content) == (status != 204)
    assert (await sender.read("attempts"))["items"][0]["received_id"]


async def test_get_and_head_answer_200_where_a_source_is(service: ServiceClient, sender: Sender) -> None:
    hook = sender.source["hook"]
    assert (await service.get(hook)).json() == {"status": "ready"}
    assert (await service.head(hook)).status_code == 200
    nowhere = f"/v1/hooks/{new_id()}"
    for answer in (await service.get(nowhere), await service.post(nowhere, json={})):
        assert (answer.status_code, answer.json()["code"]) == (404, "source_not_found")
    assert (await service.head(nowhere)).status_code == 404
    assert (await service.post("/v1/hooks/x", json={})).status_code == 422


async def test_a_source_that_is_not_live_says_so_to_its_sender_only(
    service: ServiceClient, owner: ServiceClient
) -> None:
    draft = await a_source(service, owner, controller=None)
    signed, forged = await draft.send(), await draft.send(**{"webhook-id": "x"})
    assert (signed.status_code, signed.json()["code"]) == (503, "source_not_live")
    assert signed.headers["Retry-After"] == "300"
    assert forged.json()["code"] == "signature_refused"


async def test_an_event_of_doorway_is_refused_for_good(service: ServiceClient, sender: Sender) -> None:
    refused = await sender.send(**{"user-agent": "Doorway-Webhooks/1"})
    assert (refused.status_code, refused.json()["code"]) == (410, "event_not_taken")
    assert await count(service, sender) == (0, 0)
