"""Looking up the names of endpoints, in threads of its own: a name that never resolves keeps its thread.

The threads that a process shares are few. If names of endpoints filled them, no other endpoint would be
found, and the gateway would not find its services.
"""

import asyncio
import contextlib
import socket
import threading

from aiohttp.abc import AbstractResolver, ResolveResult

LOOKUPS_MAX = 256
Name = tuple[str, socket.AddressFamily]
Lookup = asyncio.Future[list[ResolveResult]]


class NameResolver(AbstractResolver):
    """Looks a name up once at a time, however many ask for it; so many of them wait at most."""

    def __init__(self, waiting_max: int = LOOKUPS_MAX) -> None:
        self.waiting, self.waiting_max = 0, waiting_max
        self.lookups: dict[Name, Lookup] = {}

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses of a name; OSError when it has none, or too many wait already."""
        if self.waiting >= self.waiting_max:
            raise OSError("too many wait for names")
        lookup = self.lookups.get((host, family)) or self.begin_lookup((host, family))
        self.waiting += 1
        try:
            # Who gives up does not end it for the others.
            found = await asyncio.shield(lookup)
        finally:
            self.waiting -= 1
        return [ResolveResult(**{**result, "port": port}) for result in found]

    def begin_lookup(self, name: Name) -> Lookup:
        """Look up a name in a thread, which does not keep the process from ending."""
        if len(self.lookups) >= LOOKUPS_MAX:
            raise OSError("too many names are looked up at once")
        lookup = self.lookups[name] = asyncio.get_running_loop().create_future()
        threading.Thread(target=self.look_up, args=(name, lookup), daemon=True).start()
        return lookup

    def look_up(self, name: Name, lookup: Lookup) -> None:
        """Look up a name, in this thread, and hand the outcome to the event loop."""
        outcome = addresses_of_name(name)
        with contextlib.suppress(RuntimeError):  # the loop has ended
            lookup.get_loop().call_soon_threadsafe(self.end_lookup, name, lookup, outcome)

    def end_lookup(self, name: Name, lookup: Lookup, outcome: list[ResolveResult] | OSError) -> None:
        """Tell whoever still waits."""
        del self.lookups[name]
        if isinstance(outcome, OSError):
            lookup.set_exception(outcome)
            lookup.exception()  # nobody may wait any longer, which is no fault
        else:
            lookup.set_result(outcome)

    async def close(self) -> None:
        """Nothing to close: the connectors that use it come and go."""


def addresses_of_name(name: Name) -> list[ResolveResult] | OSError:
    """The addresses of a name as the system finds them, or why it finds none."""
    host, family = name
    try:
        found = socket.getaddrinfo(host, 0, family, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    except OSError as error:
        return error
    except ValueError:  # also what cannot be encoded
        return OSError("this is no name")
    numeric = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
    return [
        ResolveResult(hostname=host, host=str(address[0]), port=0, family=kind, proto=protocol, flags=numeric)
        for kind, _, protocol, _, address in found
    ]
