"""A connection to a service: HTTP/1.1 as its client, one request at a time.

A library's client costs a request about as much as all else that the gateway does.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import NamedTuple

import httptools

# Below the 5 s for which uvicorn keeps an idle connection: one that is about to end is not used again.
IDLE_SECONDS = 3
HEAD_BYTES_MAX = 65_536
# What an answer may have waiting here before no more of it is read.
UNREAD_BYTES_MAX = 131_072
LAST_CHUNK = b"0\r\n\r\n"


class Pieces(NamedTuple):
    """A body that comes in pieces, and its length in bytes if that was announced."""

    stream: AsyncIterator[bytes]
    length: int | None


Body = bytes | Pieces


class Silent(Exception):
    """The service has said nothing for too long."""


class BrokenOff(Exception):
    """The service ended the connection; `was_stale` is whether it did so before it read the request."""

    def __init__(self, *, was_stale: bool = False) -> None:
        super().__init__()
        self.was_stale = was_stale


class Answer:
    """An answer as it comes."""

    def __init__(self, connection: "ServiceConnection", *, has_body: bool) -> None:
        self.connection, self.has_body = connection, has_body
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.is_begun, self.is_complete = False, False
        self.unread: list[bytes] = []
        self.unread_bytes = 0

    @property
    def content_length(self) -> int | None:
        """The length of its body in bytes; None when it is not announced."""
        return next((int(value) for name, value in self.headers if name == b"content-length"), None)

    @property
    def ends_with_connection(self) -> bool:
        """Whether nothing but the end of the connection says where it ends (RFC 9112, 6.3)."""
        names = {name for name, _ in self.headers}
        return self.is_begun and not names & {b"content-length", b"transfer-encoding"}

    async def read(self) -> bytes:
        """The whole body."""
        return b"".join([piece async for piece in self.pieces()])

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the body as it comes."""
        while self.unread or not self.is_complete:
            if not self.unread:
                await self.connection.wait()
            elif piece := self.take_unread():
                yield piece

    def take_unread(self) -> bytes:
        """What has come of the body since it was last taken."""
        taken = b"".join(self.unread)
        if self.unread_bytes > UNREAD_BYTES_MAX:
            self.connection.transport.resume_reading()
        self.unread, self.unread_bytes = [], 0
        return taken


class ServiceConnection(asyncio.Protocol):
    """One connection; `forget` is called when it ends."""

    transport: asyncio.Transport

    def __init__(self, silent_seconds: float, forget: Callable[["ServiceConnection"], None]) -> None:
        self.silent_seconds, self.forget = silent_seconds, forget
        self.loop = asyncio.get_running_loop()
        self.parser = httptools.HttpResponseParser(self)
        self.answer: Answer | None = None
        self.error: Exception | None = None
        self.is_new, self.keeps_alive, self.is_interim = True, True, False
        self.head_bytes, self.idle_since = 0, 0.0
        self.sending: asyncio.Task[None] | None = None
        self.writable = asyncio.Event()
        self.writable.set()
        self.waiter: asyncio.Future[None] | None = None
        self.silence: asyncio.TimerHandle | None = None

    async def ask(self, head: bytes, body: Body, *, has_answer_body: bool) -> Answer:
        """Send a request; returns once the head of its answer is here.

        Raises Silent, BrokenOff, and whatever the pieces of the body raise.
        """
        self.answer = answer = Answer(self, has_body=has_answer_body)
        self.head_bytes = 0
        if isinstance(body, bytes):
            self.transport.write(head + body)
        else:
            self.transport.write(head)
            self.sending = asyncio.create_task(self.send_pieces(body))
        while not answer.is_begun:
            await self.wait()
        return answer

    async def send_pieces(self, body: Pieces) -> None:
        """Send a body as it comes; what goes wrong is raised where the answer is waited for."""
        try:
            async for piece in body.stream:
                self.transport.write(piece if body.length is not None else chunk_of(piece))
                async with asyncio.timeout(self.silent_seconds):
                    await self.writable.wait()
            if body.length is None:
                self.transport.write(LAST_CHUNK)
        except TimeoutError:
            self.end_sending(Silent())
        except Exception as error:
            self.end_sending(error)
        else:
            self.end_sending()

    def end_sending(self, error: Exception | None = None) -> None:
        """Wait for the answer from now on, unless something went wrong."""
        self.sending = None
        if error is not None:
            self.fail(error)
        else:
            self.await_sound()

    async def wait(self) -> None:
        """Wait until more of the answer comes; raises why none will."""
        if self.error is None:
            self.waiter = self.loop.create_future()
            self.await_sound()
            try:
                await self.waiter
            finally:
                self.waiter = None
                if self.silence is not None:
                    self.silence.cancel()
                    self.silence = None
        if self.error is not None:
            raise self.error

    def await_sound(self) -> None:
        """Give the service a time to say something: once it has the whole request, which takes its own."""
        if self.sending is None and self.waiter is not None:
            self.silence = self.loop.call_later(self.silent_seconds, self.fail, Silent())

    def wake(self) -> None:
        """Let whoever waits look at what there is."""
        if self.waiter is not None and not self.waiter.done():
            self.waiter.set_result(None)

    def fail(self, error: Exception) -> None:
        """End the connection, and tell whoever waits why: what has come whole stays so."""
        if self.error is None and not (self.answer is not None and self.answer.is_complete):
            self.error = error
        self.close()
        self.wake()

    def close(self) -> None:
        """End the connection, whatever is still under way on it."""
        if self.sending is not None:
            self.sending.cancel()
        self.transport.abort()

    def is_usable(self) -> bool:
        """Whether another request can go over it: nothing is left of the one before."""
        is_done = self.answer is None or (self.answer.is_complete and not self.answer.unread)
        is_open = self.keeps_alive and self.error is None and not self.transport.is_closing()
        return is_done and is_open and self.sending is None

    def rest(self) -> None:
        """Wait for the next request."""
        self.answer, self.is_new, self.idle_since = None, False, time.monotonic()

    def has_rested_long(self) -> bool:
        """Whether the service may be about to end it."""
        return time.monotonic() - self.idle_since > IDLE_SECONDS

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in asyncio
        """Keep what writes."""
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Read what came; what is no answer to a request of ours ends the connection."""
        answer = self.answer
        if answer is None or answer.is_complete:
            self.close()
            return
        self.head_bytes += 0 if answer.is_begun else len(data)
        try:
            self.parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self.fail(BrokenOff())
            return
        if not answer.is_begun and self.head_bytes > HEAD_BYTES_MAX:
            self.fail(BrokenOff())
        if answer.is_complete and not answer.has_body:
            # The parser would wait for the body that such an answer only speaks of.
            self.parser = httptools.HttpResponseParser(self)
        self.wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever waits; some answers end like this."""
        self.forget(self)
        is_orderly = exc is None and self.error is None
        if is_orderly and self.answer is not None and self.answer.ends_with_connection:
            self.answer.is_complete = True
        self.fail(BrokenOff(was_stale=not self.is_new and self.head_bytes == 0))

    def pause_writing(self) -> None:
        """Send no more until the service has read what it has."""
        self.writable.clear()

    def resume_writing(self) -> None:
        """Send on."""
        self.writable.set()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header; what comes after the body is none of the head, and is thrown away."""
        if self.answer is not None and not self.answer.is_begun:
            self.answer.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """Begin the answer, unless it only says that one will come."""
        if (answer := self.answer) is None or answer.is_begun:
            raise BrokenOff
        status = self.parser.get_status_code()
        self.is_interim = status < 200
        if self.is_interim:
            return
        answer.status, answer.is_begun = status, True
        self.keeps_alive = self.parser.should_keep_alive()
        answer.is_complete = not answer.has_body

    def on_body(self, piece: bytes) -> None:
        """Keep a piece of the body; read no more while much is unread."""
        if (answer := self.answer) is None or answer.is_complete:
            raise BrokenOff
        was_much = answer.unread_bytes > UNREAD_BYTES_MAX
        answer.unread.append(piece)
        answer.unread_bytes += len(piece)
        if answer.unread_bytes > UNREAD_BYTES_MAX and not was_much:
            self.transport.pause_reading()

    def on_message_complete(self) -> None:
        """End the answer."""
        if (answer := self.answer) is None:
            raise BrokenOff
        if self.is_interim:
            answer.headers = []
        else:
            answer.is_complete = True


def chunk_of(piece: bytes) -> bytes:
    """A piece of a body as a chunk; nothing for an empty one, which would end the body."""
    return b"%x\r\n%b\r\n" % (len(piece), piece) if piece else b""
