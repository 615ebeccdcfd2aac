"""The socket: offers of other protocols, bounds on heads, and problems for what cannot be read."""

import asyncio
import json

import pytest
from starlette.types import Receive, Scope, Send

from deploy import protocol
from deploy.protocol import HEAD_BYTES_MAX, PairedWrites, head_without_offer
from tests.shared.servers import echo, exchange, live, serving, until_closed

OFFERS = {
    "h2c": b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAA\r\n",
    "websocket": b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n",
    "tls": b"Connection: keep-alive, Upgrade\r\nUpgrade: TLS/1.2\r\n",
}
HEAD = b"POST /things?a=%2F HTTP/1.1\r\nHost: here\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
BODY = (b"5\r\nhello\r\n", b"6\r\n world\r\n", b"0\r\n\r\n")


@pytest.mark.parametrize("offer", OFFERS.values(), ids=OFFERS)
@pytest.mark.parametrize("together", [True, False], ids=["one packet", "many packets"])
async def test_who_offers_another_protocol_keeps_a_chunked_body(offer: bytes, together: bool) -> None:
    pieces = [HEAD + offer + CHUNKED, *BODY]
    async with serving() as port:
        [answer] = await exchange(port, *([b"".join(pieces)] if together else pieces))
    said = json.loads(answer.body)
    assert (answer.status, said["method"], said["body"]) == (200, "POST", "hello world")
    assert not {"upgrade", "http2-settings"} & said["headers"].keys()
    assert "pgrade" not in said["headers"]["connection"]


async def test_who_offers_another_protocol_keeps_a_measured_body_and_the_connection() -> None:
    request = HEAD + OFFERS["h2c"] + b"Content-Length: 5\r\n\r\nhello"
    async with serving() as port:
        found = await exchange(port, request, b"GET /2 HTTP/1.1\r\nHost: here\r\n\r\n" + request, answers=3)
    said = [json.loads(answer.body) for answer in found]
    assert [(each["method"], each["body"]) for each in said] == [
        ("POST", "hello"),
        ("GET", ""),
        ("POST", "hello"),
    ]


async def test_a_head_that_comes_byte_by_byte_is_read() -> None:
    head = HEAD + OFFERS["h2c"] + b"Content-Length: 2\r\n\r\nok"
    async with serving() as port:
        [answer] = await exchange(port, *(head[n : n + 25] for n in range(0, len(head), 25)))
    assert json.loads(answer.body)["body"] == "ok"


def test_a_head_without_its_offer_is_otherwise_the_same() -> None:
    headers = [
        (b"host", b"here"),
        (b"connection", b"Upgrade, close"),
        (b"upgrade", b"h2c"),
        (b"a", b"1"),
        (b"a", b"2"),
    ]
    found = head_without_offer(b"GET / HTTP/1.1\r\n", headers)
    assert found == b"GET / HTTP/1.1\r\nhost: here\r\nconnection: close\r\na: 1\r\na: 2\r\n\r\n"


@pytest.mark.parametrize(
    "sent",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\nBad Header\r\n\r\n",
        b"CONNECT here:443 HTTP/1.1\r\nHost: here\r\n\r\n",
        HEAD + CHUNKED + b"no length\r\n",
    ],
    ids=["nonsense", "no header", "tunnel", "no chunk"],
)
async def test_what_cannot_be_read_is_a_problem(sent: bytes) -> None:
    async with serving() as port:
        [answer] = await exchange(port, sent)
    assert (answer.status, answer.problem["code"]) == (400, "bad_request")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["connection"] == "close"


@pytest.mark.parametrize("begun", [b"X: ", b"X: 1\r\n" * 3000], ids=["one", "many"])
async def test_a_head_that_never_ends_is_refused(begun: bytes) -> None:
    async with serving() as port:
        [answer] = await exchange(port, HEAD + begun, b"x" * (HEAD_BYTES_MAX + 1))
    assert (answer.status, answer.problem["code"]) == (431, "header_too_large")


async def test_a_whole_head_that_is_too_large_is_refused_and_a_large_one_is_not() -> None:
    async with serving() as port:
        head = HEAD + b"Content-Length: 0\r\nX: "
        [answer] = await exchange(port, head + b"x" * (HEAD_BYTES_MAX - 200) + b"\r\n\r\n")
        assert answer.status == 200
        [answer] = await exchange(port, head + b"x" * HEAD_BYTES_MAX + b"\r\n\r\n")
        assert (answer.status, answer.problem["code"]) == (431, "header_too_large")


async def test_what_stands_behind_a_body_is_no_header_and_has_an_end() -> None:
    async with serving() as port:
        trailer = b"5\r\nhello\r\n0\r\nDoorway-Actor: somebody\r\n"
        [answer] = await exchange(port, HEAD + CHUNKED + trailer + b"\r\n")
        assert "doorway-actor" not in json.loads(answer.body)["headers"]
        [answer] = await exchange(port, HEAD + CHUNKED + trailer, b"X: " + b"x" * HEAD_BYTES_MAX)
        assert (answer.status, answer.problem["code"]) == (431, "header_too_large")


@pytest.mark.parametrize(
    "hosts",
    [
        b"",
        b"Host: here\r\nHost: here\r\n",
        b"Host: here\r\nhost: there\r\n",
        b"Host: a b\r\n",
        b"Host: a/b\r\n",
    ],
    ids=["none", "twice", "two", "a blank", "a path"],
)
async def test_a_request_names_one_host(hosts: bytes) -> None:
    async with serving() as port:
        first = b"GET / HTTP/1.1\r\n"
        [answer] = await exchange(port, first + hosts + b"\r\n")
        assert (answer.status, answer.problem["code"]) == (400, "bad_request")
        assert "Host" in answer.problem["detail"]
        for offer in OFFERS.values():
            [answer] = await exchange(port, first + hosts + offer + b"\r\n")
            assert answer.status == 400


@pytest.mark.parametrize("host", [b"here", b"here:8080", b"[::1]:8080", b"xn--d-1ca.example", b"a_b"])
async def test_any_one_host_will_do(host: bytes) -> None:
    async with serving() as port:
        [answer] = await exchange(port, b"GET / HTTP/1.1\r\nHost: " + host + b"\r\n\r\n")
        assert answer.status == 200


async def test_an_old_client_need_not_name_its_host() -> None:
    async with serving() as port:
        [answer] = await exchange(port, b"GET / HTTP/1.0\r\n\r\n")
        assert answer.status == 200
        [answer] = await exchange(port, b"GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n")
        assert answer.status == 400


async def test_a_head_that_takes_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.2)
    async with serving() as port:
        [answer] = await exchange(port, HEAD)
        assert (answer.status, answer.problem["code"]) == (408, "too_slow")
        [first, second] = await exchange(port, HEAD + b"Content-Length: 0\r\n\r\n", HEAD, answers=2)
        assert (first.status, second.status) == (200, 408)


@pytest.mark.parametrize("sent", [b"", b"\r\n"], ids=["nothing", "an empty line"])
async def test_who_sends_nothing_is_hung_up_on(monkeypatch: pytest.MonkeyPatch, sent: bytes) -> None:
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.2)
    async with serving() as port:
        assert await until_closed(port, sent) == b""


async def test_a_request_that_cannot_be_read_waits_for_the_answer_before_it() -> None:
    asked, release = asyncio.Event(), asyncio.Event()

    async def late(scope, receive, send):
        if scope["type"] == "http":
            asked.set()
            await release.wait()
        await echo(scope, receive, send)

    async with serving(late) as port:
        sending = asyncio.create_task(
            until_closed(port, b"GET /1 HTTP/1.1\r\nHost: here\r\n\r\nnonsense\r\n\r\n")
        )
        await asked.wait()
        release.set()
        found = await sending
    assert found.startswith(b"HTTP/1.1 200")
    assert found.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize("fails", [True, False])
async def test_an_app_that_fails_or_is_silent_answers_with_a_problem(
    capsys: pytest.CaptureFixture[str], fails: bool
) -> None:
    async def failing(scope, receive, send):
        if scope["type"] == "lifespan":
            await echo(scope, receive, send)
        elif fails:
            raise RuntimeError("the patient's name is in here")

    async with serving(failing) as port:
        [answer] = await exchange(port, b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
    assert (answer.status, answer.problem["code"]) == (500, "internal_error")
    assert "patient" not in "".join(capsys.readouterr())


async def test_a_refused_client_may_send_the_rest_but_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    async def refusing(scope, receive, send):
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 413, "headers": [(b"content-length", b"0")]})
            await send({"type": "http.response.body"})
        else:
            await echo(scope, receive, send)

    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.3)
    async with serving(refusing) as port:
        request = HEAD + b"Content-Length: 5\r\n\r\n"
        found = await exchange(port, request, b"hello", request + b"hello", answers=2)
        assert [each.status for each in found] == [413, 413]
        assert (await until_closed(port, request, b"hell")).startswith(b"HTTP/1.1 413")


async def in_chunks(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer in three pieces without a length."""
    if scope["type"] == "lifespan":
        await live(receive, send)
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for piece in (b"one ", b"two "):
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b"three"})


async def test_a_client_of_the_first_version_gets_no_chunks() -> None:
    async with serving(in_chunks) as port:
        [answer] = await exchange(port, b"GET / HTTP/1.0\r\nHost: here\r\n\r\n")
    assert (answer.body, answer.headers["content-length"]) == (b"one two three", "13")
    assert "transfer-encoding" not in answer.headers


async def test_to_other_clients_an_answer_goes_in_pieces_as_it_comes() -> None:
    async with serving(in_chunks) as port:
        raw = await until_closed(port, b"GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")
    assert b"transfer-encoding: chunked" in raw.lower()


class Noting:
    """Notes what a transport was told to do."""

    def __init__(self) -> None:
        self.done: list[object] = []

    def writelines(self, pieces: list[bytes]) -> None:
        """Write."""
        self.done.append(pieces)

    def write_eof(self) -> None:
        """Say that nothing follows."""
        self.done.append("eof")

    def close(self) -> None:
        """Close."""
        self.done.append("closed")


def paired() -> tuple[PairedWrites, Noting]:
    noting = Noting()
    return PairedWrites(noting, asyncio.get_running_loop()), noting  # type: ignore[arg-type]  # all that is used


async def test_a_head_and_its_body_are_one_write() -> None:
    transport, noting = paired()
    transport.write(b"head")
    transport.write(b"body")
    assert noting.done == [[b"head", b"body"]]
    await asyncio.sleep(0)
    assert noting.done == [[b"head", b"body"]]


async def test_a_head_whose_body_is_late_goes_alone() -> None:
    transport, noting = paired()
    transport.write(b"head")
    await asyncio.sleep(0)
    transport.write(b"body")
    await asyncio.sleep(0)
    assert noting.done == [[b"head", b""], [b"body", b""]]


@pytest.mark.parametrize(("act", "noted"), [("close", "closed"), ("write_eof", "eof")])
async def test_nothing_is_lost_at_the_end(act: str, noted: str) -> None:
    transport, noting = paired()
    transport.write(b"head")
    getattr(transport, act)()
    await asyncio.sleep(0)
    assert noting.done == [[b"head", b""], noted]
