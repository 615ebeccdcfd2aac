"""A request's body in the pass-through: never whole in memory when large, never beyond the limit."""

import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Iterator

from starlette.requests import ClientDisconnect
from starlette.types import Receive

from shared.errors import BodyTooLarge, Problem, TooMany

# Up to this size a body is read to its end before a connection to a service is taken.
WHOLE_BYTES = 65_536


class BoundedBody:
    """The body of one request; `problem` says why it was broken off."""

    def __init__(self, receive: Receive, announced: int | None, bytes_max: int) -> None:
        if announced is not None and announced > bytes_max:
            raise BodyTooLarge(f"The body is {announced} bytes. Send at most {bytes_max}.")
        self.receive, self.announced, self.bytes_max = receive, announced, bytes_max
        self.problem: Problem | None = None
        self.seen = 0

    async def open(self) -> bytes | AsyncIterator[bytes] | None:
        """The whole body when it is small, otherwise its pieces; None when there is none."""
        begun, more = [], True
        while more and self.seen <= WHOLE_BYTES:
            piece, more = await self.piece()
            begun.append(piece)
        return self.pieces(b"".join(begun)) if more else b"".join(begun) or None

    async def pieces(self, begun: bytes) -> AsyncIterator[bytes]:
        """Yield the pieces as they come."""
        piece, more = begun, True
        while more:
            yield piece
            piece, more = await self.piece()
        yield piece

    async def piece(self) -> tuple[bytes, bool]:
        """The next piece and whether there are more; BodyTooLarge beyond the limit, TooSlow."""
        try:
            return await self.read_piece()
        except Problem as problem:
            self.problem = problem
            raise

    async def read_piece(self) -> tuple[bytes, bool]:
        """The next piece and whether there are more."""
        message = await self.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        piece: bytes = message.get("body", b"")
        self.seen += len(piece)
        if self.seen > self.bytes_max:
            raise BodyTooLarge(f"The body is too large. Send at most {self.bytes_max} bytes.")
        return piece, bool(message.get("more_body", False))


class StreamPlaces:
    """How many large bodies each address sends at a time: each keeps a connection to a service."""

    def __init__(self, per_address: int) -> None:
        self.per_address = per_address
        self.taken: Counter[str] = Counter()

    @contextlib.contextmanager
    def place(self, address: str) -> Iterator[None]:
        """Keep a place of an address while the block runs; TooMany when it has none left."""
        if self.taken[address] >= self.per_address:
            raise TooMany(headers={"Retry-After": "1"})
        self.taken[address] += 1
        try:
            yield
        finally:
            self.taken[address] -= 1
            self.taken += Counter()  # forgets addresses that have nothing left
