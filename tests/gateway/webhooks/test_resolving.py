"""Names that never resolve keep nobody else from what they need: threads, and connections to the database."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any

import pytest

from services.gateway.webhooks import addresses
from services.gateway.webhooks.addresses import AddressGuard
from services.gateway.webhooks.resolving import LOOKUPS_MAX, NameResolver
from tests.gateway.gateways import Gateways
from tests.gateway.webhooks.hooks import Hooks
from tests.gateway.webhooks.managers import ENDPOINTS, Manager, managing

# As many as would fill the threads that a process shares, on any machine.
MANY = 40


class SlowNames:
    """Stands for a system whose name servers do not answer for names that begin with `slow`."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.released = threading.Event()

    def getaddrinfo(self, host: str, *_: object, **__: object) -> list[Any]:
        """The address of any other name."""
        self.asked.append(host)
        if host.startswith("slow"):
            self.released.wait(30)
            raise socket.gaierror(socket.EAI_AGAIN, "no answer")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0))]

    async def until_asked(self, number: int) -> None:
        """Return once so many names were asked for."""
        async with asyncio.timeout(10):
            while len(self.asked) < number:  # noqa: ASYNC110 -- threads append to it
                await asyncio.sleep(0.01)


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowNames]:
    """Names some of which are never answered until the test ends."""
    slow = SlowNames()
    monkeypatch.setattr(socket, "getaddrinfo", slow.getaddrinfo)
    monkeypatch.setattr(addresses, "RESOLVING_SECONDS", 30.0)
    yield slow
    slow.released.set()


@pytest.fixture
async def manager(gateways: Gateways, hooks: Hooks) -> Manager:
    """A client that manages the webhooks of one organisation."""
    assert hooks
    return (await managing(gateways))[0]


async def test_names_that_are_not_answered_take_no_thread_that_others_need(names: SlowNames) -> None:
    guard = AddressGuard([ip_network("127.0.0.0/8")])
    waiting = [asyncio.create_task(guard.check(f"https://slow{n}.example/")) for n in range(MANY)]
    async with asyncio.timeout(10):
        await guard.check("https://quick.example/")
        await asyncio.to_thread(lambda: None)
    names.released.set()
    await asyncio.gather(*waiting)


async def test_a_name_is_looked_up_once_at_a_time_and_who_gives_up_ends_it_for_nobody(
    names: SlowNames,
) -> None:
    resolver = NameResolver()
    first, second = (asyncio.create_task(resolver.resolve("slow.example", 443)) for _ in range(2))
    await names.until_asked(1)
    first.cancel()
    names.released.set()
    with pytest.raises(OSError, match="no answer"):
        await second
    assert (names.asked, resolver.lookups, resolver.waiting) == (["slow.example"], {}, 0)
    found = await resolver.resolve("quick.example", 443)
    assert [(each["host"], each["port"]) for each in found] == [("127.0.0.1", 443)]


async def test_no_more_names_are_looked_up_than_there_may_be_threads(names: SlowNames) -> None:
    resolver, never = NameResolver(), asyncio.get_running_loop().create_future()
    resolver.lookups = {(f"slow{n}", socket.AF_UNSPEC): never for n in range(LOOKUPS_MAX)}
    with pytest.raises(OSError, match="at once"):
        await resolver.resolve("quick.example")
    assert names.asked == []


async def test_who_waits_for_names_leaves_connections_to_the_database_for_others(
    manager: Manager, names: SlowNames
) -> None:

    async def make(number: int) -> int:
        new = {"url": "https://slow.example/"}
        return (await manager.call("POST", ENDPOINTS, new, Idempotency_Key=f"key-{number}")).status_code

    waiting = [asyncio.create_task(make(number)) for number in range(MANY)]
    await names.until_asked(1)
    async with asyncio.timeout(10):
        assert (await manager.call("GET", ENDPOINTS)).status_code == 200
    names.released.set()
    assert set(await asyncio.gather(*waiting)) == {201}
