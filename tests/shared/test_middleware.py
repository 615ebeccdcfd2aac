"""What stands around every request: ids, limits, text that cannot be stored, headers and faults."""

import asyncio
import json

import pytest
from starlette.requests import ClientDisconnect

from shared.errors import BodyTooLarge, TooSlow
from shared.middleware import (
    SECURITY_HEADERS,
    TRACEPARENT,
    PacedBody,
    RequestMiddleware,
    bad_text_within,
    read_bounded,
)
from tests.shared.small_service import problem_in

SENT = [{"type": "http.request", "body": b"ab", "more_body": True}, {"type": "http.request", "body": b"c"}]
GONE = {"type": "http.disconnect"}


def receiving(*messages):
    """A client that sends these messages of one request."""
    left = iter(messages)

    async def receive():
        return next(left)

    return receive


async def test_a_request_id_is_given_back_or_made(anybody):
    given = await anybody.get("/livez", headers={"X-Request-ID": "abc-1"})
    assert given.headers["x-request-id"] == "abc-1"
    made = await anybody.get("/livez", headers={"X-Request-ID": "a b\tc" * 50})
    assert len(made.headers["x-request-id"]) == 32


@pytest.mark.parametrize("path", ["/livez", "/nothing", "/things?limit=0"])
async def test_every_answer_says_how_browsers_must_treat_it(anybody, path):
    answer = await anybody.get(path)
    assert {name: answer.headers[name] for name in SECURITY_HEADERS} == SECURITY_HEADERS


def test_a_trace_context_is_taken_over_only_in_its_form():
    assert TRACEPARENT.fullmatch(f"00-{'a' * 32}-{'b' * 16}-01")
    assert not TRACEPARENT.fullmatch(f"00-{'0' * 32}-{'b' * 16}-01")
    assert not TRACEPARENT.fullmatch(f"00-{'a' * 32}-{'0' * 16}-01")


async def test_a_pair_of_surrogates_is_text(client):
    answer = await client.post(
        "/things", content=b'{"name": "\\ud83d\\ude80"}', headers={"Content-Type": "application/json"}
    )
    assert answer.json()["name"] == "\N{ROCKET}"


def test_text_that_cannot_be_stored_is_found_by_its_pointer():
    found = bad_text_within({"a/b": ["good", {"c~d": "\0"}], "\ud800": "good", "number": 1})
    assert list(found) == ["/a~1b/1/c~0d", ""]


@pytest.mark.parametrize("path", ["/things?cursor=%00", "/things?cursor=%ff", "/things/%00"])
async def test_an_address_that_is_no_text_is_refused(anybody, path):
    problem_in(await anybody.get(path), 422, "bad_text")


async def test_a_body_over_the_limit_is_refused(client, probe):
    answer = await client.post("/things", content=b" " * (probe.body_bytes_max + 1))
    problem_in(answer, 413, "body_too_large")


async def test_a_body_over_the_limit_is_refused_also_without_a_length(client, probe):
    async def parts():
        for _ in range(probe.body_bytes_max // 65_536 + 1):
            yield b" " * 65_536

    problem_in(await client.post("/things", content=parts()), 413, "body_too_large")


async def test_a_body_may_take_as_long_as_its_size_explains(monkeypatch):
    monkeypatch.setattr("shared.middleware.BODY_SECONDS", 0.0)
    monkeypatch.setattr("shared.middleware.BODY_BYTES_PER_SECOND", 1)

    async def never():
        await asyncio.Event().wait()

    with pytest.raises(TooSlow):
        await PacedBody(never)()
    monkeypatch.setattr("shared.middleware.BODY_SECONDS", 0.1)
    messages = receiving({"type": "http.request", "body": b"x" * 100, "more_body": True}, SENT[1])
    body = PacedBody(messages)
    await body()
    assert body.left > 99
    assert (await body())["body"] == b"c"
    assert not body.open


async def test_a_raw_body_is_left_as_it_is(client):
    answer = await client.post("/raw", content=b'"\\u0000"', headers={"Content-Type": "application/json"})
    assert answer.json() == {"bytes": 8}


async def test_a_fault_of_ours_is_told_without_its_message(capsys, anybody):
    body = problem_in(await anybody.get("/broken"), 500, "internal_error")
    assert "patient" not in json.dumps(body)
    logged = capsys.readouterr().err
    assert "RuntimeError" in logged
    assert "patient" not in logged


async def test_a_body_is_read_whole_within_its_limit():
    assert await read_bounded(receiving(*SENT), 3) == b"abc"
    with pytest.raises(BodyTooLarge, match="larger than 2 bytes"):
        await read_bounded(receiving(*SENT), 2)


async def test_a_client_that_leaves_is_no_fault_of_ours(capsys, probe):
    with pytest.raises(ClientDisconnect):
        await read_bounded(receiving(SENT[0], GONE), 3)

    async def never(scope, receive, send):
        raise AssertionError

    async def unheard(message):
        raise AssertionError

    around = RequestMiddleware(never, service="x", body_bytes_max=9)
    scope = {"type": "http", "method": "POST", "path": "/x", "query_string": b"", "headers": []}
    await around(scope, receiving(GONE), unheard)
    logged = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["event"] for line in logged] == ["client_left", "answered"]


async def test_a_fault_after_the_answer_began_is_not_hidden():
    async def broken(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError("too late")

    sent = []

    async def send(message):
        sent.append(message)

    around = RequestMiddleware(broken, service="x", body_bytes_max=9)
    scope = {"type": "http", "method": "GET", "path": "/x", "query_string": b"", "headers": []}
    with pytest.raises(RuntimeError, match="too late"):
        await around(scope, receiving(SENT[1]), send)
    assert [message["type"] for message in sent] == ["http.response.start"]
