"""One POST to a subscriber."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from ipaddress import ip_network

import pytest

from services.gateway.webhooks.addresses import AddressGuard
from services.gateway.webhooks.sending import (
    EXCERPT_CHARACTERS,
    AttemptOutcome,
    excerpt_of_answer,
    open_sender,
)
from tests.gateway.webhooks.subscribers import Subscriber, closed_port


async def send_webhook(url: str, timeout_seconds: float = 5) -> AttemptOutcome:
    """The result of sending to an address of this machine."""
    async with open_sender(AddressGuard([ip_network("127.0.0.0/8")]), timeout_seconds) as to:
        return await to.post(url, '{"a": 1}', {"webhook-id": "1"})


@asynccontextmanager
async def raw(answer: bytes, *, then_silent: bool = False) -> AsyncIterator[str]:
    """Serve these bytes to whoever connects."""
    held: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        held.append(writer)
        try:
            writer.write(answer)
            await writer.drain()
        finally:
            if not then_silent:
                writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    server.close()
    for writer in held:
        writer.transport.abort()


@pytest.mark.parametrize("status", [200, 201, 202, 204])
async def test_every_2xx_is_delivered(status: int, subscriber: Subscriber) -> None:
    subscriber.status = status
    outcome = await send_webhook(subscriber.url)
    assert outcome.delivered
    assert (outcome.status, outcome.error, outcome.excerpt) == (status, None, None)
    [received] = subscriber.received
    assert received.body == '{"a": 1}'
    assert received.headers["user-agent"] == "Doorway-Webhooks/1"


@pytest.mark.parametrize(
    "target",
    [
        "/hook?to=a%2Fb&q=%c3%a9&x=1+1&y=%7e~&z=a%3Db",
        "/a%2Fb/%7Ename/?next=https%3A%2F%2Fexample.org%2F",
        "/code?sig=AbC%2BdEf%3D%3D&empty=&flag",
        "/%zz?a={b}|c^'(d)\"",
        "?token=%2F",
    ],
)
async def test_an_address_is_used_octet_by_octet_as_it_was_registered(target: str) -> None:
    seen: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append((await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")[0])
        writer.write(b"HTTP/1.1 204 \r\n\r\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    assert (await send_webhook(f"http://127.0.0.1:{port}{target}")).delivered
    server.close()
    path = target if target.startswith("/") else f"/{target}"
    assert seen == [f"POST {path} HTTP/1.1".encode()]


@pytest.mark.parametrize("status", [400, 401, 404, 410, 429, 500, 503])
async def test_every_other_answer_is_not(status: int, subscriber: Subscriber) -> None:
    subscriber.status, subscriber.text = status, "write to jane@example.org"
    outcome = await send_webhook(subscriber.url)
    assert not outcome.delivered
    assert (outcome.status, outcome.error, outcome.gone) == (status, "status", status == 410)
    assert outcome.excerpt == "write to [masked]"


async def test_what_the_subscriber_asks_for_is_heard(subscriber: Subscriber) -> None:
    subscriber.status, subscriber.headers = 503, {"Retry-After": "90"}
    assert (await send_webhook(subscriber.url)).retry_after == timedelta(seconds=90)


async def test_one_who_does_not_answer_is_left(subscriber: Subscriber) -> None:
    subscriber.release.clear()
    outcome = await send_webhook(subscriber.url, 0.2)
    assert outcome.error == "timeout"
    assert 150 <= outcome.took_ms < 2000


async def test_one_who_answers_by_drops_is_left() -> None:
    async with raw(b"HTTP/1.1 500 No\r\nContent-Length: 100\r\n\r\nx", then_silent=True) as url:
        outcome = await send_webhook(url, 0.3)
    assert outcome.error == "timeout" or outcome.excerpt == "x"


async def test_nobody_there() -> None:
    assert (await send_webhook(f"http://127.0.0.1:{closed_port()}/")).error == "connection"


async def test_a_name_without_an_address() -> None:
    assert (await send_webhook("https://no-such-name.invalid/")).error == "name_not_found"


async def test_one_who_speaks_no_tls(subscriber: Subscriber) -> None:
    assert (await send_webhook(subscriber.url.replace("http:", "https:"))).error == "tls"


@pytest.mark.parametrize(
    "answer", [b"\x00\x01\x02\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000 + b"\r\n\r\n", b""]
)
async def test_one_who_speaks_no_http(answer: bytes) -> None:
    async with raw(answer) as url:
        assert (await send_webhook(url)).error in {"protocol", "connection"}


async def test_no_more_of_an_answer_is_read_than_is_kept() -> None:
    endless = b"HTTP/1.1 500 No\r\nContent-Length: 10000000000\r\n\r\n" + b"x" * 50_000
    async with raw(endless, then_silent=True) as url:
        outcome = await send_webhook(url)
    assert outcome.status == 500
    assert outcome.excerpt == "x" * 200


async def test_a_bomb_is_not_unpacked() -> None:
    packed = b"HTTP/1.1 500 No\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x00"
    async with raw(packed) as url:
        assert (await send_webhook(url)).status == 500


async def test_an_address_that_was_never_checked_is_an_outcome() -> None:
    assert (await send_webhook("https://user@example.org/")).error == "address_refused"


async def test_connections_are_kept(subscriber: Subscriber) -> None:
    async with open_sender(AddressGuard([ip_network("127.0.0.0/8")]), 5) as to:
        for _ in range(3):
            await to.post(subscriber.url, "{}", {})
    assert len({received.peer for received in subscriber.received}) == 1


@pytest.mark.parametrize(
    "personal",
    [
        "jane.doe@example.org",
        "943 476 5919",
        "9434765919",
        "+44 191 496 0123",
        "(0191) 496 0123",
        "NE1 4LP",
        "ne14lp",
        "01-02-1980",
    ],
)
def test_what_looks_personal_is_masked(personal: str) -> None:
    kept = excerpt_of_answer(f"cannot take {personal} today".encode())
    assert kept is not None
    assert personal not in kept
    assert "[masked]" in kept


def test_an_error_stays_readable() -> None:
    assert excerpt_of_answer(b'{"error": "signature 401 mismatch"}') == '{"error": "signature 401 mismatch"}'


def test_it_is_short_and_one_line() -> None:
    kept = excerpt_of_answer(b"first\n\tsecond \x1b[31m" + b"x" * 1000)
    assert kept is not None
    assert kept.startswith("first second ?[31m")
    assert len(kept) == EXCERPT_CHARACTERS


def test_bytes_that_are_no_text_and_none_at_all() -> None:
    assert excerpt_of_answer(b"\xff\xfe") == "\ufffd\ufffd"
    assert excerpt_of_answer(b"") is None
    assert excerpt_of_answer(b" \n ") is None
