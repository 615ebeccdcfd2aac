"""Probes ask the program itself whether it is ready."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from deploy.local.ports import choose_free_port
from deploy.local.probes import probe_address, probe_command, probe_file


@pytest.fixture
async def server() -> AsyncIterator[str]:
    """Give the address of a server that answers 200 at /good and 503 elsewhere."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = await reader.readline()
        status = b"200 OK" if b" /good " in line else b"503 Unavailable"
        writer.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as listening:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"


async def test_an_address_is_ready_when_it_answers_200(server: str) -> None:
    assert await probe_address(f"{server}/good")()
    assert not await probe_address(f"{server}/bad")()
    assert not await probe_address(f"http://127.0.0.1:{choose_free_port([])}/good")()


async def test_a_command_is_ready_when_it_succeeds() -> None:
    assert await probe_command(["/bin/sh", "-c", "exit 0"])()
    assert not await probe_command(["/bin/sh", "-c", "exit 2"])()


async def test_a_file_is_ready_when_it_is_there(tmp_path: Path) -> None:
    probe = probe_file(tmp_path / "ready")
    assert not await probe()
    (tmp_path / "ready").touch()
    assert await probe()
