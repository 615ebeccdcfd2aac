"""How much of a processor the gateway itself takes for a request that it passes through.

Run as `python -m tests.benchmarks.gateway_cpu`. The gateway is a process of its own, without a database; the
services behind it are one process that says the same to everyone.
"""

import asyncio
import base64
import contextlib
import math
import multiprocessing
import re
import secrets
import socket
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import uvloop
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from deploy.serving import server_of
from services.gateway.clients.keyring import Keyring
from services.gateway.clients.keys import hash_secret, key_text, make_secret
from services.gateway.context import KnownKey
from services.gateway.main import create_app
from services.gateway.settings import LIMITS, GatewaySettings, Settings
from services.gateway.table import OWN
from shared.auth import Caller
from shared.ids import new_id
from shared.manifest import services_called_by
from tests.benchmarks.load import Request, loaded
from tests.benchmarks.processes import micros_per_request

ROUNDS, SECONDS, WARMING_SECONDS = 3, 3.0, 1.0
KEY_ID, SECRET = new_id(), make_secret()
CALLER = Caller(new_id(), new_id(), "team", frozenset({"feedback:read", "feedback:write"}))
KEYED = {"Authorization": f"Bearer {key_text(KEY_ID, SECRET)}"}
SAID = b'{"id": "0197f3a0-0000-7000-8000-0000000000a1", "state": "open", "version": 3}'
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (
    len(SAID),
    SAID,
)
LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
CASES = {
    "GET": Request("GET", "/v1/feedback/0197f3a0-0000-7000-8000-0000000000a1"),
    "POST of 500 bytes": Request("POST", "/v1/feedback", {"text": "w" * 488}),
}


@dataclass(frozen=True, slots=True)
class Running:
    """A gateway that runs for the benchmark."""

    url: str
    pid: int


class SameAnswer(asyncio.Protocol):
    """A service that answers whatever comes; each request comes to it in one or two pieces."""

    def __init__(self) -> None:
        self.unread = b""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """Keep the connection."""
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer when a whole request is there."""
        self.unread += data
        head, found, body = self.unread.partition(b"\r\n\r\n")
        length = int(measured[1]) if (measured := LENGTH.search(head)) else 0
        if found and len(body) >= length:
            self.unread = b""
            self.transport.write(ANSWER)


def serve_upstream(listening: socket.socket) -> None:
    """Say the same to everyone."""

    async def serve() -> None:
        server = await asyncio.get_running_loop().create_server(SameAnswer, sock=listening)
        await server.serve_forever()

    uvloop.run(serve())


def serve_gateway(listening: socket.socket, upstream: str) -> None:
    """Run a gateway that knows one key."""
    Keyring.check = know_one_key  # type: ignore[method-assign, assignment]  # this process does nothing else
    server_of(create_app(settings_for(upstream))).run([listening])


async def know_one_key(keyring: Keyring) -> None:
    """Put the key where the database would have put it."""
    keyring.known[KEY_ID] = KnownKey(KEY_ID, hash_secret(SECRET), revoked=False, caller=CALLER)
    keyring.checked_at = math.inf


def settings_for(upstream: str) -> GatewaySettings:
    """Settings under which all services are one, and nobody comes too often."""
    private = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    urls: dict[str, Any] = {f"{service}_url": upstream for service in services_called_by(OWN)}
    limits = {f"{name}_limit": 1_000_000_000 for name in ("client", "address", *LIMITS)}
    return Settings(
        database_url="postgresql://nobody@127.0.0.1:1/nothing",
        keys_checked_seconds=1e6,
        token_private_key=private.decode(),
        seal_key=base64.b64encode(secrets.token_bytes(32)).decode(),
        nats_url="nats://127.0.0.1:1",
        **(urls | limits),
    )


@contextlib.contextmanager
def running(run: Callable[..., None], *given: object) -> Iterator[Running]:
    """Run a process that serves on a free port."""
    listening = socket.create_server(("127.0.0.1", 0))
    process = multiprocessing.get_context("fork").Process(target=run, args=(listening, *given))
    process.start()
    port = listening.getsockname()[1]
    listening.close()
    try:
        assert process.pid is not None
        yield Running(f"http://127.0.0.1:{port}", process.pid)
    finally:
        process.kill()
        process.join()


@contextlib.contextmanager
def running_gateway() -> Iterator[Running]:
    """Run a gateway in front of a service that costs nothing."""
    with running(serve_upstream) as upstream, running(serve_gateway, upstream.url) as gateway:
        yield gateway


async def wait_until_live(gateway: Running) -> None:
    """Wait until the gateway answers."""
    async with aiohttp.ClientSession(gateway.url) as session:
        while True:
            with contextlib.suppress(aiohttp.ClientError):
                async with session.get("/livez"):
                    return
            await asyncio.sleep(0.05)


async def measure_gateway(
    gateway: Running, request: Request, headers: Mapping[str, str] | None = None
) -> float:
    """How many microseconds of processor time the gateway takes for one request."""
    await wait_until_live(gateway)
    await loaded(gateway.url, [request], WARMING_SECONDS, headers)
    return await micros_per_request(gateway.pid, gateway.url, request, SECONDS, headers)


def main() -> None:
    """Print the figures of each kind of request."""
    with running_gateway() as gateway:
        for name, request in CASES.items():
            for who, headers in (("nobody", None), ("a key", KEYED)):
                found = [uvloop.run(measure_gateway(gateway, request, headers)) for _ in range(ROUNDS)]
                print(f"{name}, {who}: {' '.join(f'{each:.0f}' for each in found)} µs")


if __name__ == "__main__":
    main()
