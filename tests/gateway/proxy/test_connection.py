import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from services.gateway.errors import ServiceUnavailable, UpstreamTimeout
from services.gateway.proxy.connection import HEAD_BYTES_MAX, UNREAD_BYTES_MAX, Body, Pieces
from services.gateway.proxy.upstream import Upstream
from shared.auth import Caller
from shared.errors import TooSlow
from tests.gateway.gateways import Gateways

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@contextlib.asynccontextmanager
async def service(gateways: Gateways, serve: Serve, **overrides: Any) -> AsyncIterator[Upstream]:
    """What calls a service that answers each connection as it is told."""

    async def serve_and_close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            await serve(reader, writer)
            await reader.read()
        writer.close()

    server = await asyncio.start_server(serve_and_close, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, Upstream(gateways.settings(loop_url=url, **overrides)).running() as found:
        yield found


def saying(*answers: bytes, ends: bool = False) -> Serve:
    """A service that gives these answers on each connection, in turn; then it may end the connection."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for each in answers:
            if not await reader.readuntil(b"\r\n\r\n"):
                break
            writer.write(each)
            await writer.drain()
        if ends:
            writer.close()

    return serve


async def ask(found: Upstream, method: str = "GET", body: Body = b"") -> tuple[int, bytes]:
    """Ask the service, and read its answer."""
    async with found.call("loop", method, b"/x", Caller(), (), body) as answer:
        return answer.status, await answer.read()


@pytest.mark.parametrize(
    ("method", "said", "status", "body"),
    [
        ("GET", OK, 200, b"ok"),
        ("GET", b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + OK, 200, b"ok"),
        ("POST", b"HTTP/1.1 100 Continue\r\n\r\n" + OK, 200, b"ok"),
        ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n", 200, b""),
        ("GET", b'HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\nETag: "1"\r\n\r\n', 304, b""),
        ("DELETE", b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
        (
            "GET",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nA: b\r\n\r\n",
            200,
            b"ok",
        ),
    ],
)
async def test_answers_of_each_form_leave_nothing_behind(
    gateways: Gateways, method: str, said: bytes, status: int, body: bytes
) -> None:
    connections = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await saying(said, OK)(reader, writer)

    async with service(gateways, serve) as found:
        assert await ask(found, method) == (status, body)
        assert await ask(found) == (200, b"ok")
    assert connections == 1


async def test_an_answer_without_a_length_ends_with_its_connection(gateways: Gateways) -> None:
    said = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nuntil the end"
    async with service(gateways, saying(said, ends=True)) as found:
        for _ in range(2):
            assert await ask(found) == (200, b"until the end")


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok",
        CHUNKED + b"5\r\nok",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nA: " + b"x" * HEAD_BYTES_MAX * 2 + b"\r\n\r\n",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_what_is_no_whole_answer_is_none(gateways: Gateways, said: bytes, method: str) -> None:
    async with service(gateways, saying(said, ends=True)) as found:
        with pytest.raises(ServiceUnavailable):
            await ask(found, method)


async def test_what_nobody_asked_for_is_given_to_nobody(gateways: Gateways) -> None:
    async with service(gateways, saying(OK + OK.replace(b"ok", b"no"))) as found:
        for _ in range(3):
            assert await ask(found) == (200, b"ok")


@pytest.mark.parametrize(("method", "is_repeated"), [("GET", True), ("HEAD", True), ("POST", False)])
async def test_only_what_changes_nothing_is_sent_again_over_a_new_connection(
    gateways: Gateways, method: str, is_repeated: bool
) -> None:
    requests: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in (OK, b""):
            requests.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(answer)
        writer.close()

    async with service(gateways, serve) as found:
        assert await ask(found) == (200, b"ok")
        if is_repeated:
            assert (await ask(found, method))[0] == 200
        else:
            with pytest.raises(ServiceUnavailable):
                await ask(found, method)
    assert len(requests) == (3 if is_repeated else 2)


async def test_an_answer_is_heard_before_the_body_was_sent(gateways: Gateways) -> None:
    broken_off = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK.replace(b"200 OK", b"413 No"))
        while await reader.read(65_536):
            pass
        broken_off.set()

    async def endless() -> AsyncIterator[bytes]:
        yield b"x"
        await asyncio.Event().wait()

    async with service(gateways, serve) as found:
        assert await ask(found, "POST", Pieces(endless(), None)) == (413, b"ok")
        await asyncio.wait_for(broken_off.wait(), 5)


async def test_a_service_is_not_silent_while_the_body_is_awaited(gateways: Gateways) -> None:
    silence = 0.1

    async def slow() -> AsyncIterator[bytes]:
        yield b"a"
        await asyncio.sleep(silence * 3)
        yield b"b"

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\nab")
        writer.write(OK)

    async with service(gateways, serve, upstream_seconds=silence) as found:
        assert await ask(found, "POST", Pieces(slow(), 2)) == (200, b"ok")


async def test_a_service_that_does_not_read_is_silent(gateways: Gateways) -> None:
    async def much() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 1_000_000

    given_up = asyncio.Event()

    async def serve(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
        await given_up.wait()

    async with service(gateways, serve, upstream_seconds=0.2) as found:
        with pytest.raises(UpstreamTimeout):
            await ask(found, "POST", Pieces(much(), None))
        given_up.set()


async def test_what_is_wrong_with_a_body_is_said(gateways: Gateways) -> None:
    received = bytearray()
    ended = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        while piece := await reader.read(1000):
            received.extend(piece)
        ended.set()

    async def late() -> AsyncIterator[bytes]:
        yield b"x"
        yield b""  # an empty chunk would end the body
        raise TooSlow

    async with service(gateways, serve) as found:
        with pytest.raises(TooSlow):
            await ask(found, "POST", Pieces(late(), None))
        await asyncio.wait_for(ended.wait(), 5)
    assert not received.endswith(b"0\r\n\r\n")


async def test_no_more_is_read_than_there_is_room_for(gateways: Gateways) -> None:
    size = UNREAD_BYTES_MAX * 200
    sent = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        while sent < size:
            writer.write(b"x" * UNREAD_BYTES_MAX)
            await writer.drain()
            sent += UNREAD_BYTES_MAX

    async with (
        service(gateways, serve) as found,
        found.call("loop", "GET", b"/x", Caller()) as answer,
    ):
        first = await anext(answer.pieces())
        for _ in range(1000):  # as much as the sockets take between them is sent
            await asyncio.sleep(0)
        assert UNREAD_BYTES_MAX < answer.unread_bytes < UNREAD_BYTES_MAX * 4
        assert sent < size
        assert len(first) + len(await answer.read()) == size


async def test_who_leaves_ends_the_connection(gateways: Gateways) -> None:
    came, left = asyncio.Event(), asyncio.Event()

    async def serve(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        came.set()
        await reader.read()
        left.set()

    async with service(gateways, serve, upstream_connections=1) as found:
        for _ in range(2):  # the place is given back
            came.clear()
            left.clear()
            asking = asyncio.create_task(ask(found))
            await asyncio.wait_for(came.wait(), 5)
            asking.cancel()
            await asyncio.wait_for(left.wait(), 5)


async def test_connections_that_rested_are_closed(
    gateways: Gateways, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with service(gateways, saying(OK, OK)) as found:
        await ask(found)
        [rested] = found.addresses["loop"].idle
        monkeypatch.setattr("services.gateway.proxy.connection.IDLE_SECONDS", -1)
        await ask(found)
        assert rested.transport.is_closing()


async def test_a_line_of_a_head_is_one_line(gateways: Gateways) -> None:
    async with service(gateways, saying(OK)) as found:
        for target, value in ((b"/x\r\nA: b", b"c"), (b"/x", b"c\nA: b"), (b"/x", b"c\rA: b")):
            with pytest.raises(ValueError, match="line break"):
                async with found.call("loop", "GET", target, Caller(), [(b"b", value)]):
                    pass
