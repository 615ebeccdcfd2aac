"""A request's body in the pass-through: never whole in memory when large, never beyond the limit."""

import asyncio
from collections.abc import AsyncIterator

from starlette.requests import ClientDisconnect
from starlette.types import Receive

from shared.errors import BadRequest, BodyTooLarge, Problem

# Connections to a service are few: a body that trickles in would keep one from everybody else.
PIECES_SECONDS = 30.0


class BoundedBody:
    """The body of one request; `problem` says why it was broken off."""

    def __init__(self, receive: Receive, announced: int | None, bytes_max: int) -> None:
        if announced is not None and announced > bytes_max:
            raise BodyTooLarge(f"The body is {announced} bytes. Send at most {bytes_max}.")
        self.receive, self.announced, self.bytes_max = receive, announced, bytes_max
        self.problem: Problem | None = None
        self.seen = 0

    async def open(self) -> bytes | AsyncIterator[bytes] | None:
        """The whole body when it came in one piece, otherwise its pieces; None when there is none."""
        first, more = await self.piece()
        if more:
            return self.pieces(first)
        return first or None

    async def pieces(self, first: bytes) -> AsyncIterator[bytes]:
        """Yield the pieces as they come; BadRequest when they do not come in time."""
        piece, more = first, True
        ends = asyncio.get_running_loop().time() + PIECES_SECONDS
        while more:
            yield piece
            try:
                async with asyncio.timeout_at(ends):
                    piece, more = await self.piece()
            except TimeoutError:
                self.problem = BadRequest(f"The body did not arrive within {PIECES_SECONDS:g} seconds.")
                raise self.problem from None
        yield piece

    async def piece(self) -> tuple[bytes, bool]:
        """The next piece and whether there are more; BodyTooLarge beyond the limit."""
        message = await self.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        piece: bytes = message.get("body", b"")
        self.seen += len(piece)
        if self.seen > self.bytes_max:
            self.problem = BodyTooLarge(f"The body is too large. Send at most {self.bytes_max} bytes.")
            raise self.problem
        return piece, bool(message.get("more_body", False))
