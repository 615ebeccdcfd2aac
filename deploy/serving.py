"""The server of an api: the same on a machine, in a container and in the tests.

Run as `python -m deploy.serving registry --port 8001`, with the service's settings in the environment.
"""

import argparse
import socket

import uvicorn
from starlette.types import ASGIApp

from deploy.protocol import Protocol
from shared.state import ServiceState

# What still answers after this is cut off. Docker waits 10 s by default before it kills.
STOPPING_SECONDS = 8
# The gateway keeps its own idle connections for less.
IDLE_SECONDS = 5


class Server(uvicorn.Server):
    """A server that tells its service when it stops, so that nobody waits in vain."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End what waits for something to happen, then let the rest finish."""
        for part in self.lifespan.state.values():
            if isinstance(part, ServiceState):
                part.stopping.set()
        await super().shutdown(sockets)


def server_of(app: ASGIApp | str, *, host: str = "127.0.0.1", port: int = 0) -> Server:
    """The server of an app, or of the factory that a text names (`services.registry.main:create_app`)."""
    config = uvicorn.Config(
        app,
        factory=isinstance(app, str),
        host=host,
        port=port,
        loop="uvloop",
        http=Protocol,
        ws="none",
        lifespan="on",
        access_log=False,
        server_header=False,
        # The gateway itself reads X-Forwarded-For, and only from the proxies that its settings trust.
        proxy_headers=False,
        log_level="warning",
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=STOPPING_SECONDS,
    )
    return Server(config)


def main() -> None:
    """Serve one service until told to stop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("service")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    chosen = parser.parse_args()
    server_of(f"services.{chosen.service}.main:create_app", host=chosen.host, port=chosen.port).run()


if __name__ == "__main__":
    main()
