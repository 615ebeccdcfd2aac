"""The connections to the services: bounded, and used again while they are good."""

import asyncio
import ssl
from collections import deque
from urllib.parse import urlsplit

from services.gateway.proxy.connection import ServiceConnection

PORTS = {"http": 80, "https": 443}


class ServiceAddress:
    """Where a service answers, with the connections to it that wait for a request."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.host, self.port = parts.hostname or "", parts.port or PORTS[parts.scheme]
        self.name = parts.netloc.rpartition("@")[2].encode()
        self.start = parts._replace(scheme="", netloc="").geturl().encode()  # of each target
        self.tls = ssl.create_default_context() if parts.scheme == "https" else None
        # The one that rested shortest last: it is used first.
        self.idle: deque[ServiceConnection] = deque()

    def take_idle(self) -> ServiceConnection | None:
        """A connection that can be used again; those that cannot are closed."""
        while self.idle:
            found = self.idle.pop()
            if found.is_usable() and not found.has_rested_long():
                return found
            found.close()
        return None

    def keep(self, connection: ServiceConnection) -> None:
        """Keep a connection for the next request, and close those that have waited too long for one."""
        connection.rest()
        self.idle.append(connection)
        while self.idle and self.idle[0].has_rested_long():
            self.idle.popleft().close()

    def close_idle(self) -> None:
        """Close all that waits for a request."""
        while self.idle:
            self.idle.pop().close()

    def forget(self, connection: ServiceConnection) -> None:
        """Keep a connection no longer that has ended."""
        if connection in self.idle:
            self.idle.remove(connection)


class ConnectionPool:
    """How many requests are under way at a time, and over which connections."""

    def __init__(self, limit: int, *, connect_seconds: float, silent_seconds: float) -> None:
        self.places = asyncio.Semaphore(limit)
        self.connect_seconds, self.silent_seconds = connect_seconds, silent_seconds

    async def take(self, address: ServiceAddress, *, is_new: bool = False) -> ServiceConnection:
        """A connection for one request; OSError or TimeoutError when there is none."""
        if not is_new and not self.places.locked() and (found := address.take_idle()):
            await self.places.acquire()
            return found
        async with asyncio.timeout(self.connect_seconds):
            await self.places.acquire()
            try:
                return (None if is_new else address.take_idle()) or await self.connect(address)
            except BaseException:
                self.places.release()
                raise

    async def connect(self, address: ServiceAddress) -> ServiceConnection:
        """A new connection."""
        _, connection = await asyncio.get_running_loop().create_connection(
            lambda: ServiceConnection(self.silent_seconds, address.forget),
            address.host,
            address.port,
            ssl=address.tls,
        )
        return connection

    def give_back(self, address: ServiceAddress, connection: ServiceConnection) -> None:
        """Keep a connection for the next request if it is good for one."""
        self.places.release()
        if connection.is_usable():
            address.keep(connection)
        else:
            connection.close()
