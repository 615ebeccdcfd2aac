"""The doctor asks the apis and the mail server, and says whom mail goes to."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from deploy.doctor.apis import check_apis
from deploy.doctor.deployment import OTHER, Deployment
from deploy.doctor.sending import check_sending
from tests.feedback.sending.sink import sink_running
from tests.fixtures.authority import make_authority


@asynccontextmanager
async def answering(status: str) -> AsyncIterator[int]:
    """Run a server that answers every request with a status, and give its port."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


async def test_an_api_that_is_ready_has_no_fault() -> None:
    async with answering("200 OK") as port:
        assert await check_apis(Deployment({"GATEWAY_LOOP_URL": f"http://127.0.0.1:{port}"}, OTHER)) == []


async def test_an_api_that_is_not_ready_is_named() -> None:
    async with answering("503 Service Unavailable") as port:
        found = await check_apis(Deployment({"DOORWAY_GATEWAY_URL": f"http://127.0.0.1:{port}"}, OTHER))
    assert [fault.name for fault in found] == ["api_not_ready"]
    assert "gateway is not ready (it answers 503)" in found[0].sentence


async def test_metrics_that_everybody_can_read_are_named() -> None:
    async with answering("200 OK") as port:
        found = await check_apis(Deployment({"DOORWAY_GATEWAY_URL": f"http://127.0.0.1:{port}"}, OTHER))
    assert [fault.name for fault in found] == ["metrics_public"]
    assert f"http://127.0.0.1:{port}/metrics" in found[0].sentence


async def test_an_api_that_is_away_is_named(closed_port: int) -> None:
    [fault] = await check_apis(Deployment({"GATEWAY_LOOP_URL": f"http://127.0.0.1:{closed_port}"}, OTHER))
    assert "loop does not answer" in fault.sentence


async def test_apis_that_accept_connections_and_do_not_answer_are_said_to_hang() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        names = ("GATEWAY_LOOP_URL", "GATEWAY_FEEDBACK_URL", "DOORWAY_GATEWAY_URL")
        found = await check_apis(Deployment(dict.fromkeys(names, url), OTHER))
    assert [fault.name for fault in found] == ["api_hangs"] * 3
    assert all("hangs" in fault.sentence for fault in found)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "Mail is held"),
        (
            {"FEEDBACK_SENDING": "allow_list", "FEEDBACK_SENDING_ALLOW_LIST": '["@example.org"]'},
            "on the list: [",
        ),
    ],
)
async def test_whom_mail_goes_to_is_noted(settings: dict[str, str], said: str) -> None:
    [note] = await check_sending(Deployment(settings, OTHER))
    assert note.note
    assert said in note.sentence


async def test_mail_to_everybody_needs_a_mail_server(closed_port: int) -> None:
    live = {"FEEDBACK_SENDING": "live", "FEEDBACK_SMTP_PORT": str(closed_port)}
    note, fault = await check_sending(Deployment(live, OTHER))
    assert (note.note, fault.name) == (True, "mail_unreachable")
    async with sink_running() as sink:
        assert (
            len(await check_sending(Deployment({**live, "FEEDBACK_SMTP_PORT": str(sink.port)}, OTHER))) == 1
        )


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_a_mail_server_must_be_trusted(tmp_path: Path, security: str) -> None:
    authority = make_authority(tmp_path)
    async with sink_running(**{security: authority.server}) as sink:
        live = {
            "FEEDBACK_SENDING": "live",
            "FEEDBACK_SMTP_PORT": str(sink.port),
            "FEEDBACK_SMTP_SECURITY": security,
        }
        _, fault = await check_sending(Deployment(live, OTHER))
        assert fault.name == "mail_not_trusted"
        trusted = {**live, "FEEDBACK_SMTP_CA_PATH": str(authority.file)}
        assert len(await check_sending(Deployment(trusted, OTHER))) == 1


async def test_a_mode_that_there_is_not_is_named() -> None:
    [fault] = await check_sending(Deployment({"FEEDBACK_SENDING": "all"}, OTHER))
    assert fault.name == "sending_unknown"
