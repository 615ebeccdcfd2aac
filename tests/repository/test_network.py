"""Tests reach nothing outside this machine, by whichever client."""

import asyncio
import socket
import traceback

import aiohttp
import asyncpg
import httpx2
import pytest

from tests.fixtures.network import OutsideReached, refuse_outside

# Addresses for documentation (RFC 5737, RFC 3849): nobody answers there.
OUTSIDE = "192.0.2.1"


@pytest.mark.parametrize(
    "address", [("127.0.0.1", 1), ("127.8.9.10", 1), ("::1", 1, 0, 0), ("localhost", 1), "/run/a.socket"]
)
def test_this_machine_is_reached(address: object) -> None:
    refuse_outside(address)


@pytest.mark.parametrize("address", [(OUTSIDE, 80), ("10.0.0.1", 1), ("2001:db8::1", 1, 0, 0), ("a.test", 1)])
def test_nothing_else_is(address: object) -> None:
    with pytest.raises(OutsideReached):
        refuse_outside(address)


def test_a_socket_does_not_connect_outside() -> None:
    with socket.socket() as tcp, pytest.raises(OutsideReached):
        tcp.connect((OUTSIDE, 80))
    with socket.socket() as tcp, pytest.raises(OutsideReached):
        tcp.connect_ex((OUTSIDE, 80))
    with socket.socket(type=socket.SOCK_DGRAM) as udp, pytest.raises(OutsideReached):
        udp.sendto(b"x", (OUTSIDE, 53))


# The broker's client uses asyncio's connections too, but would try again for ever.
async def test_no_client_connects_outside() -> None:
    with pytest.raises(OutsideReached):
        await asyncio.open_connection(OUTSIDE, 80)
    with pytest.raises(OutsideReached):
        await asyncpg.connect(f"postgresql://x@{OUTSIDE}/x", timeout=1)
    async with aiohttp.ClientSession() as session:
        with pytest.raises(OutsideReached):
            await session.get(f"http://{OUTSIDE}/")
    async with httpx2.AsyncClient() as client:
        with pytest.raises(BaseExceptionGroup) as refused:
            await client.get(f"http://{OUTSIDE}/")
        assert "OutsideReached" in "".join(traceback.format_exception(refused.value))
