from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest
from starlette.requests import ClientDisconnect

from services.gateway.proxy.body import BoundedBody
from shared.errors import BodyTooLarge

Receive = Callable[[], Awaitable[dict[str, Any]]]


def receiving(*pieces: bytes, left: bool = False) -> Receive:
    messages: Iterator[dict[str, Any]] = iter(
        [
            {"type": "http.request", "body": piece, "more_body": left or number < len(pieces)}
            for number, piece in enumerate(pieces, 1)
        ]
        + [{"type": "http.disconnect"}]
    )

    async def receive() -> dict[str, Any]:
        return next(messages)

    return receive


async def whole(body: BoundedBody) -> list[bytes]:
    opened = await body.open()
    assert isinstance(opened, AsyncIterator)
    return [piece async for piece in opened]


async def test_a_body_in_one_piece_is_there_at_once() -> None:
    assert await BoundedBody(receiving(b"all"), 3, 10).open() == b"all"
    assert await BoundedBody(receiving(b""), None, 10).open() is None


async def test_a_body_in_pieces_comes_in_pieces() -> None:
    assert await whole(BoundedBody(receiving(b"a", b"b", b"c"), None, 3)) == [b"a", b"b", b"c"]


def test_what_is_announced_too_large_is_not_read() -> None:
    with pytest.raises(BodyTooLarge):
        BoundedBody(receiving(b""), 11, 10)


async def test_what_grows_too_large_says_why_it_was_broken_off() -> None:
    body = BoundedBody(receiving(b"12345", b"123456"), None, 10)
    with pytest.raises(BodyTooLarge):
        await whole(body)
    assert isinstance(body.problem, BodyTooLarge)


async def test_a_client_that_leaves_ends_the_body() -> None:
    with pytest.raises(ClientDisconnect):
        await whole(BoundedBody(receiving(b"half", left=True), None, 10))
