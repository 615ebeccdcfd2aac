"""Which id a message has, and that a secret that has just been changed is looked up before a refusal."""

import json

import pytest

from tests.feedback.sources.senders import PAYLOAD, a_source, hmac_headers, hmac_source
from tests.fixtures.clients import ServiceClient


async def test_without_an_id_the_body_is_the_id(service: ServiceClient, owner: ServiceClient) -> None:
    sender = await a_source(service, owner, **hmac_source())
    body = json.dumps(PAYLOAD).encode()
    first = await sender.post(body, **hmac_headers(sender.secret, body))
    again = await sender.post(body, **hmac_headers(sender.secret, body))
    assert (first.status_code, first.json()) == (202, again.json())


async def test_the_id_may_stand_in_the_body(service: ServiceClient, owner: ServiceClient) -> None:
    sender = await a_source(service, owner, **hmac_source(message_id_expression="id"))
    first, changed, without = (
        json.dumps(payload).encode() for payload in (PAYLOAD, {"id": "r-1"}, {"id": None})
    )
    taken = await sender.post(first, **hmac_headers(sender.secret, first))
    reused = await sender.post(changed, **hmac_headers(sender.secret, changed))
    nameless = await sender.post(without, **hmac_headers(sender.secret, without))
    assert (taken.status_code, reused.json()["code"]) == (202, "message_id_reused")
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
