"""Probes: whether a program that was started is ready, asked of the program itself."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import urlsplit

Probe = Callable[[], Awaitable[bool]]
ANSWER_SECONDS = 3


def probe_address(url: str) -> Probe:
    """The probe of an address that answers 200 when ready."""

    async def probe() -> bool:
        with contextlib.suppress(OSError, TimeoutError, ValueError):
            async with asyncio.timeout(ANSWER_SECONDS):
                return await status_of(url) == 200
        return False

    return probe


async def status_of(url: str) -> int:
    """The status that an address answers with."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        request = f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n\r\n"
        writer.write(request.encode())
        first = await reader.readline()
        return int(first.split()[1]) if first.startswith(b"HTTP/") else 0
    finally:
        writer.close()


def probe_command(command: list[str]) -> Probe:
    """The probe of a command that exits with 0 when what it asks about is ready."""

    async def probe() -> bool:
        process = await asyncio.create_subprocess_exec(*command, cwd="/")
        return await process.wait() == 0

    return probe


def probe_file(file: Path) -> Probe:
    """The probe of a program that makes a file when it is ready."""

    async def probe() -> bool:
        return await asyncio.to_thread(file.exists)

    return probe
