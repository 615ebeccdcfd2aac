"""What is right goes the direct way; the framework answers everything else, as it did before."""

from typing import Any
from uuid import UUID

import asyncpg
import orjson
import pytest
from fastapi import routing
from starlette.routing import Router

from services.feedback.errors import SentTwiceAtOnce
from services.feedback.items import direct
from services.feedback.items.writer import FeedbackWriter
from shared.ids import new_id
from tests.feedback.examples import ClientOf, something_said
from tests.fixtures.clients import ServiceClient

JSON = {"Content-Type": "application/json"}
GOOD = object()


def answer_of(answer: Any) -> tuple[int, dict[str, Any]]:
    """An answer without what differs each time."""
    left_out = {"id", "reply_code", "received_at", "instance", "request_id"}
    return answer.status_code, {k: v for k, v in answer.json().items() if k not in left_out}


@pytest.mark.parametrize(
    ("query", "headers", "body", "status"),
    [
        ("?since=x", JSON, GOOD, 422),
        ("", {}, GOOD, 415),
        ("", {"Content-Type": "text/plain"}, GOOD, 415),
        ("", {"Content-Type": "application/json; charset=utf-8"}, GOOD, 201),
        ("", {"Content-Type": "application/problem+json"}, GOOD, 201),
        ("", JSON, b"", 422),
        ("", JSON, b"{", 400),
        ("", JSON, b'{"text": "\xff"}', 400),
        ("", JSON, b"[" * 100_000, 400),
        ("", JSON, b"[]", 422),
        ("", JSON, b"17", 422),
        ("", JSON, {"mood": "good"}, 422),
        ("", JSON, {"text": 5}, 422),
        ("", JSON, {"urgent": "yes"}, 201),
        ("", JSON, {"rating": {"value": "4", "scale": "1-5"}}, 201),
        ("", JSON | {"Idempotency-Key": ""}, GOOD, 422),
        ("", JSON | {"Idempotency-Key": "k" * 256}, {"text": 5}, 422),
    ],
)
async def test_both_ways_answer_alike(
    partner: ServiceClient,
    trust_id: UUID,
    monkeypatch: pytest.MonkeyPatch,
    query: str,
    headers: dict[str, str],
    body: Any,
    status: int,
) -> None:
    fields = body if isinstance(body, dict) else {}
    content = body if isinstance(body, bytes) else orjson.dumps(something_said(trust_id) | fields)
    ours = answer_of(await partner.post(f"/v1/feedback{query}", content=content, headers=headers))

    async def read_nothing(_: object) -> None:
        return None

    monkeypatch.setattr(direct, "read_request", read_nothing)
    theirs = answer_of(await partner.post(f"/v1/feedback{query}", content=content, headers=headers))
    assert ours == theirs
    assert ours[0] == status


@pytest.mark.parametrize(
    ("scopes", "body", "code"),
    [
        (("feedback:read",), b"{}", "scope_missing"),
        (None, b"{}", "key_required"),
        (("feedback:read",), orjson.dumps(something_said(new_id())), "scope_missing"),
        (None, orjson.dumps(something_said(new_id())), "key_required"),
        (None, b"{", "malformed_json"),
    ],
)
async def test_who_may_not_give_is_refused(
    service: ServiceClient, client_of: ClientOf, scopes: tuple[str, ...] | None, body: bytes, code: str
) -> None:
    client = client_of(new_id(), *scopes) if scopes else service
    answer = await client.post("/v1/feedback", content=body, headers=JSON)
    assert answer.json()["code"] == code


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (asyncpg.CannotConnectNowError("starting"), 503, "unavailable"),
        (ConnectionRefusedError(), 503, "unavailable"),
        (SentTwiceAtOnce(), 409, "sent_twice_at_once"),
        (RuntimeError("the words themselves"), 500, "internal_error"),
    ],
)
async def test_what_goes_wrong_is_answered_alike_both_ways(
    partner: ServiceClient,
    trust_id: UUID,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: Exception,
    status: int,
    code: str,
) -> None:
    async def fail(*_: object) -> None:
        raise error

    async def read_nothing(_: object) -> None:
        return None

    monkeypatch.setattr(FeedbackWriter, "give", fail)
    ours = await partner.post("/v1/feedback", json=something_said(trust_id))
    monkeypatch.setattr(direct, "read_request", read_nothing)
    theirs = await partner.post("/v1/feedback", json=something_said(trust_id))
    assert answer_of(ours) == answer_of(theirs)
    assert (ours.status_code, ours.json()["code"]) == (status, code)
    assert ours.headers.keys() == theirs.headers.keys()
    logged = capsys.readouterr().err
    assert logged.count(f'"route":"/v1/feedback","status":{status}') == 2
    assert "the words themselves" not in logged


async def test_what_is_right_needs_no_dependencies(
    partner: ServiceClient, trust_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(routing, "solve_dependencies")
    monkeypatch.delattr(Router, "__call__")
    headers = {"Idempotency-Key": "direct"}
    found = [
        await partner.post("/v1/feedback", json=something_said(trust_id), headers=headers) for _ in range(2)
    ]
    assert [answer.status_code for answer in found] == [201, 201]
    assert found[1].headers["Idempotent-Replayed"] == "true"
