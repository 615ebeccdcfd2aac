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
from services.feedback.items.pages import FeedbackReader
from services.feedback.items.writer import FeedbackWriter
from shared.ids import new_id
from tests.feedback.examples import ClientOf, give_feedback, something_said
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


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/feedback", 200),
        ("/v1/feedback?limit=1", 200),
        ("/v1/feedback?limit=2&organisation={trust}", 200),
        ("/v1/feedback?kind=comment&state=received&theme=parking&since=2026-01-01T00:00:00%2B01:00", 200),
        ("/v1/feedback?organisation=ods:NO1", 422),
        ("/v1/feedback?limit=0", 422),
        ("/v1/feedback?limit=x", 422),
        ("/v1/feedback?limit=", 422),
        ("/v1/feedback?limit=%201%20", 200),
        ("/v1/feedback?limit=1.0", 200),
        ("/v1/feedback?limit=1&limit=2", 422),
        ("/v1/feedback?limit=1&limit=1", 422),
        ("/v1/feedback?kinds=comment", 422),
        ("/v1/feedback?kind=song", 422),
        ("/v1/feedback?theme=", 422),
        ("/v1/feedback?since=2026-01-01", 422),
        ("/v1/feedback?since=0001-01-01T00:00:00%2B01:00", 422),
        ("/v1/feedback?cursor=x", 422),
        ("/v1/feedback?footprint=%00", 422),
        ("/v1/search?q=kind+nurse", 200),
        ("/v1/search?q=%22kind+nurse%22&limit=3", 200),
        ("/v1/search", 422),
        ("/v1/search?q=", 422),
        ("/v1/search?q=" + "x" * 201, 422),
        ("/v1/search?q=x&kind=comment&highlights=true", 200),
        ("/v1/search?q=x&highlights=perhaps", 422),
        ("/v1/search?q=x&kinds=comment", 422),
        ("/v1/search?q=x&polarity=bad", 422),
        ("/v1/search?q=x&organisation=ods:NOBODY9", 422),
    ],
)
async def test_pages_are_alike_both_ways(
    partner: ServiceClient, trust_id: UUID, monkeypatch: pytest.MonkeyPatch, path: str, status: int
) -> None:
    for _ in range(2):
        await give_feedback(partner, trust_id, themes=[{"code": "parking"}])
    path = path.replace("{trust}", str(trust_id))
    ours = [await partner.get(path), await partner.get(path, headers={"If-None-Match": "*"})]

    async def read_nothing(*_: object) -> None:
        return None

    monkeypatch.setattr(direct.ReadingRoute, "answer", read_nothing)
    theirs = [await partner.get(path), await partner.get(path, headers={"If-None-Match": "*"})]
    for one, other in zip(ours, theirs, strict=True):
        assert whole_answer_of(one) == whole_answer_of(other)
    assert ours[0].status_code == status


def whole_answer_of(answer: Any) -> tuple[object, ...]:
    """An answer with its headers, without what differs each time."""
    headers = {name: value for name, value in answer.headers.items() if name != "x-request-id"}
    if answer.status_code >= 400:
        return *answer_of(answer), headers
    return answer.status_code, answer.content, headers


async def test_a_page_that_is_right_needs_no_dependencies(
    service: ServiceClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(routing, "solve_dependencies")
    monkeypatch.delattr(Router, "__call__")
    for path in ("/v1/feedback?limit=3", "/v1/search?q=kind"):
        assert (await service.get(path)).status_code == 200


@pytest.mark.parametrize("path", ["/v1/feedback", "/v1/search?q=kind"])
async def test_what_goes_wrong_with_a_page_is_answered_and_logged_alike_both_ways(
    service: ServiceClient, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], path: str
) -> None:
    async def fail(*_: object) -> None:
        raise asyncpg.CannotConnectNowError("starting")

    monkeypatch.setattr(FeedbackReader, "rows_of_page", fail)
    ours = await service.get(path)

    async def read_nothing(*_: object) -> None:
        return None

    monkeypatch.setattr(direct.ReadingRoute, "answer", read_nothing)
    theirs = await service.get(path)
    assert whole_answer_of(ours) == whole_answer_of(theirs)
    assert ours.status_code == 503
    assert capsys.readouterr().err.count(f'"route":"{path.partition("?")[0]}","status":503') == 2
