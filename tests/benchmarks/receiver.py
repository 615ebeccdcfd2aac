"""The smallest receiver of webhooks: answers 200, and prints its port when it listens."""

import asyncio
from typing import cast

import uvloop

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
END, LENGTH = b"\r\n\r\n", b"content-length:"


class Receiver(asyncio.Protocol):
    """Reads requests with a length from one connection, and answers each."""

    def __init__(self) -> None:
        self.read = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the connection."""
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Answer each request that is whole by now."""
        self.read += data
        while (end := self.read.find(END)) >= 0:
            head = self.read[:end].lower()
            at = head.find(LENGTH)
            length = int(head[at + len(LENGTH) :].split(b"\r\n")[0]) if at >= 0 else 0
            if len(self.read) < (whole := end + len(END) + length):
                return
            body, self.read = self.read[end + len(END) : whole], self.read[whole:]
            self.take(body)
            self.transport.write(ANSWER)

    def take(self, body: bytes) -> None:
        """Take a body: here nobody wants it."""


async def main() -> None:
    """Listen until ended."""
    server = await asyncio.get_running_loop().create_server(Receiver, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
