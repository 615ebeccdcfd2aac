"""A request's body in the pass-through: never whole in memory when large, never beyond the limit."""

import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Iterator

from starlette.requests import ClientDisconnect
from starlette.types import Receive

from services.gateway.proxy.connection import Body, Pieces
from shared.errors import BodyTooLarge, TooMany

# Up to this size a body is read to its end before a connection to a service is taken.
WHOLE_BYTES = 65_536


class BoundedBody:
    """The body of one request."""

    def __init__(self, receive: Receive, announced: int | None, bytes_max: int) -> None:
        if announced is not None and announced > bytes_max:
            raise BodyTooLarge(f"The body is {announced} bytes. Send at most {bytes_max}.")
        self.receive, self.announced, self.bytes_max = receive, announced, bytes_max
        self.seen = 0

    async def open(self) -> Body:
        """The whole body when it is small, otherwise its pieces."""
        begun, more = [], True
        while more and self.seen <= WHOLE_BYTES:
            piece, more = await self.piece()
            begun.append(piece)
        opened = b"".join(begun)
        return Pieces(self.pieces(opened), self.announced) if more else opened

    async def pieces(self, begun: bytes) -> AsyncIterator[bytes]:
        """Yield the pieces as they come."""
        piece, more = begun, True
        while more:
            yield piece
            piece, more = await self.piece()
        yield piece

    async def piece(self) -> tuple[bytes, bool]:
        """The next piece and whether there are more; BodyTooLarge beyond the limit."""
        message = await self.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        piece: bytes = message.get("body", b"")
        self.seen += len(piece)
        if self.seen > self.bytes_max:
            raise BodyTooLarge(f"The body is too large. Send at most {self.bytes_max} bytes.")
        return piece, bool(message.get("more_body", False))


class StreamPlaces:
    """How many large bodies each address or client sends at a time: each keeps a connection to a service."""

    def __init__(self, per_address: int) -> None:
        self.per_address = per_address
        self.taken: Counter[str] = Counter()

    @contextlib.contextmanager
    def place(self, sender: str, count: int | None = None) -> Iterator[None]:
        """Keep one of a sender's places while the block runs; TooMany when it has none left."""
        if self.taken[sender] >= (count or self.per_address):
            raise TooMany(headers={"Retry-After": "1"})
        self.taken[sender] += 1
        try:
            yield
        finally:
            self.taken[sender] -= 1
            self.taken += Counter()  # forgets addresses that have nothing left
