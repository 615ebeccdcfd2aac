"""The call to the registry: signed, patient for two seconds at most, and it leaves no postcode behind."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from starlette.requests import Request

from services.feedback.main import create_app
from services.feedback.settings import Settings
from shared.auth import TokenVerifier
from shared.ids import new_id
from tests.feedback.examples import SCOPES, a_trust, tell
from tests.fixtures.clients import AppClient, ServiceClient
from tests.fixtures.servers import Servers

FOOTPRINT = new_id()
FOUND = json.dumps({"footprint": {"id": str(FOOTPRINT)}}).encode()
POSTCODE = "NE1 4LP"
SAID = {"kind": "comment", "text": "Good.", "postcode": POSTCODE}


class Registry:
    """A registry on loopback that gives one answer to everything and keeps what it was asked."""

    def __init__(self) -> None:
        self.status, self.body, self.silent, self.asked = 200, FOUND, False, b""

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request and hang up."""
        self.asked = await reader.readuntil(b"\r\n\r\n")
        self.asked += await reader.read(1000)
        if self.silent:
            await reader.read()
        head = f"HTTP/1.1 {self.status} X\r\nContent-Length: {len(self.body)}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + self.body)
        writer.close()


@asynccontextmanager
async def listening(registry: Registry) -> AsyncIterator[str]:
    """Listen while the block runs, at the address that this gives."""
    server = await asyncio.start_server(registry.answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.fixture
async def registry() -> Registry:
    """A registry that finds every postcode."""
    return Registry()


@pytest.fixture
def patience() -> float:
    """How many seconds the service waits for the registry: more than any answer takes on a busy machine."""
    return 20.0


@pytest.fixture
async def partner(
    registry: Registry, app_client: AppClient, settings: Settings, patience: float
) -> AsyncIterator[ServiceClient]:
    """A client of a service that asks this registry."""
    async with listening(registry) as address:
        near = settings.model_copy(update={"registry_url": address, "lookup_seconds": patience})
        service = await app_client(create_app, near)
        yield service.as_(client_id=new_id(), organisation_id=new_id(), scopes=SCOPES)


async def test_a_postcode_becomes_its_footprint(
    partner: ServiceClient, registry: Registry, servers: Servers, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = await partner.post("/v1/feedback", json=SAID)
    assert (answer.status_code, answer.json()["footprint_id"]) == (201, str(FOOTPRINT))
    head, _, body = registry.asked.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /v1/lookup HTTP/1.1")
    assert json.loads(body) == {"postcode": POSTCODE}
    token = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"authorization: "))
    keys = (servers.secrets / "registry_token_public_keys.json").read_text()
    request = Request({"type": "http", "headers": [(b"authorization", token[15:])]})
    assert TokenVerifier(keys, "registry")(request).is_anonymous
    stored = await partner.get(f"/v1/feedback/{answer.json()['id']}")
    assert POSTCODE not in answer.text + stored.text + capsys.readouterr().out


@pytest.mark.parametrize("status", [404, 422])
async def test_a_postcode_that_nobody_knows_is_named(
    partner: ServiceClient, registry: Registry, status: int
) -> None:
    registry.status = status
    answer = await partner.post("/v1/feedback", json=SAID)
    assert (answer.status_code, answer.json()["code"]) == (422, "postcode_not_found")
    assert answer.json()["errors"][0]["pointer"] == "/postcode"
    assert POSTCODE not in answer.text


@pytest.mark.parametrize("code", ["postcode_is_no_place", "postcode_unknown"])
async def test_a_postcode_without_a_place_is_left_out_beside_an_organisation(
    partner: ServiceClient, registry: Registry, code: str
) -> None:
    trust = a_trust()
    await tell(partner, trust)
    registry.status = 404
    registry.body = json.dumps({"code": code, "detail": "This code means no fixed abode."}).encode()
    said = SAID | {"postcode": "ZZ99 3VZ", "organisations": [str(trust.organisation_id)]}
    answer = await partner.post("/v1/feedback", json=said)
    told = answer.json()
    assert (answer.status_code, told["footprint_id"]) == (201, None)
    assert told["organisation_ids"] == [str(trust.organisation_id)]
    assert [(each["field"], each["code"]) for each in told["left_out"]] == [
        ("/postcode", "postcode_not_found")
    ]
    lines = await partner.post("/v1/feedback/batch", content=json.dumps(said))
    assert lines.json()["results"][0]["left_out"] == told["left_out"]
    stored = await partner.get(f"/v1/feedback/{told['id']}")
    assert "ZZ99" not in answer.text + stored.text + lines.text


async def test_a_place_outside_england_is_named_as_the_registry_names_it(
    partner: ServiceClient, registry: Registry
) -> None:
    said = {"code": "postcode_outside_england", "detail": "This postcode is in Wales."}
    registry.status, registry.body = 404, json.dumps(said).encode()
    answer = await partner.post("/v1/feedback", json=SAID)
    assert (answer.status_code, answer.json()["code"]) == (422, "postcode_not_found")
    assert answer.json()["errors"] == [{"pointer": "/postcode", "detail": "This postcode is in Wales."}]


@pytest.mark.parametrize("part", ["NE1", "E1", "NE1 4"])
async def test_a_part_of_a_postcode_is_enough_where_it_decides(
    partner: ServiceClient, registry: Registry, part: str
) -> None:
    answer = await partner.post("/v1/feedback", json=SAID | {"postcode": part})
    assert answer.status_code == 201, answer.text
    assert json.loads(registry.asked.partition(b"\r\n\r\n")[2]) == {"postcode": part}


async def test_part_of_a_postcode_that_does_not_decide_asks_for_all_of_it(
    partner: ServiceClient, registry: Registry
) -> None:
    registry.body = json.dumps({"footprint": None, "candidates": [{"share": 0.6}, {"share": 0.4}]}).encode()
    answer = await partner.post("/v1/feedback", json=SAID)
    assert (answer.status_code, answer.json()["code"]) == (422, "postcode_not_found")
    (error,) = answer.json()["errors"]
    assert error["pointer"] == "/postcode"
    assert "Give the full postcode" in error["detail"]


@pytest.mark.parametrize(
    ("trouble", "patience"),
    [
        (lambda registry: setattr(registry, "status", 500), 20.0),
        (lambda registry: setattr(registry, "status", 401), 20.0),
        (lambda registry: setattr(registry, "silent", True), 0.3),
        (lambda registry: setattr(registry, "body", b"{}"), 20.0),
        (lambda registry: setattr(registry, "body", b"not JSON"), 20.0),
        (lambda registry: setattr(registry, "body", b'{"footprint": null}'), 20.0),
    ],
)
async def test_a_registry_that_does_not_answer_is_a_503(
    partner: ServiceClient, registry: Registry, trouble: Callable[[Any], None]
) -> None:
    trouble(registry)
    answer = await partner.post("/v1/feedback", json=SAID)
    assert (answer.status_code, answer.json()["code"]) == (503, "lookup_unavailable")
    assert answer.headers["retry-after"] == "1"
    assert (await partner.get("/v1/feedback?state=received")).json()["items"] == []


async def test_a_registry_that_is_away_is_a_503(app_client: AppClient, settings: Settings) -> None:
    away = settings.model_copy(update={"registry_url": "http://127.0.0.1:1"})
    service = await app_client(create_app, away)
    partner = service.as_(client_id=new_id(), organisation_id=new_id(), scopes=SCOPES)
    answer = await partner.post("/v1/feedback", json=SAID)
    assert (answer.status_code, answer.json()["code"]) == (503, "lookup_unavailable")
