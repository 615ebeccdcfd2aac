from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from starlette.requests import ClientDisconnect

from services.gateway.proxy.body import WHOLE_BYTES, BoundedBody, StreamPlaces
from services.gateway.proxy.connection import Pieces
from shared.errors import BodyTooLarge, TooMany

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
    assert isinstance(opened, Pieces)
    return [piece async for piece in opened.stream]


async def test_a_body_in_one_piece_is_there_at_once() -> None:
    assert await BoundedBody(receiving(b"all"), 3, 10).open() == b"all"
    assert await BoundedBody(receiving(b""), None, 10).open() == b""


async def test_a_small_body_in_pieces_is_read_to_its_end() -> None:
    assert await BoundedBody(receiving(b"a", b"b", b"c"), None, 3).open() == b"abc"


async def test_a_large_body_comes_in_pieces() -> None:
    large = b"x" * WHOLE_BYTES
    body = BoundedBody(receiving(large, b"a", b"b", b"c"), None, WHOLE_BYTES + 3)
    assert await whole(body) == [large + b"a", b"b", b"c"]


def test_what_is_announced_too_large_is_not_read() -> None:
    with pytest.raises(BodyTooLarge):
        BoundedBody(receiving(b""), 11, 10)


async def test_what_grows_too_large_is_broken_off() -> None:
    with pytest.raises(BodyTooLarge):
        await BoundedBody(receiving(b"12345", b"123456"), None, 10).open()


async def test_a_client_that_leaves_ends_the_body() -> None:
    with pytest.raises(ClientDisconnect):
        await BoundedBody(receiving(b"half", left=True), None, 10).open()


def test_places_are_given_back_and_forgotten() -> None:
    places = StreamPlaces(1)
    with places.place("192.0.2.1"):
        with pytest.raises(TooMany), places.place("192.0.2.1"):
            raise AssertionError
        with places.place("192.0.2.2"):
            assert len(places.taken) == 2
    assert not places.taken
