import asyncio
from collections.abc import AsyncIterator

import httpx2
import pytest

from services.gateway.proxy.body import WHOLE_BYTES
from tests.gateway.gateways import Gateways, exchange
from tests.shared.servers import exchange as over_the_wire

MEGABYTE = 1_048_576


async def test_a_request_arrives_as_it_was_sent(gateways: Gateways) -> None:
    gateway, partner = await gateways.start(), await gateways.partner()
    path = "/v1/footprints/ods%3AQHM?q=a%20b&q=%C3%A9&limit=1"
    await gateway.get(path, headers=partner.headers)
    assert gateways.upstream.reached[0].path == path
    body = b'{"text": "caf\\u00e9",\n "n": 1.0}'
    await gateway.post(
        "/v1/loops",
        content=body,
        headers=partner.headers
        | {
            "Content-Type": "application/json",
            "If-Match": '"3"',
            "Idempotency-Key": "k-1",
            "Doorway-Actor": "jd-17; role=lead",
            "X-Request-ID": "mine",
            "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        },
    )
    reached = gateways.upstream.reached[1]
    assert (reached.method, reached.path, reached.body) == ("POST", "/v1/loops", body)
    assert reached.header("content-type") == "application/json"
    assert reached.header("if-match") == '"3"'
    assert reached.header("idempotency-key") == "k-1"
    assert reached.header("doorway-actor") == "jd-17; role=lead"
    assert reached.header("x-request-id") == "mine"
    assert reached.header("traceparent") == "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    assert reached.header("content-length") == str(len(body))


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
async def test_which_methods_there_are_is_the_services_business(gateways: Gateways, method: str) -> None:
    gateway = await gateways.start()
    assert (await gateway.request(method, "/v1/feedback/x")).status_code == 200
    assert gateways.upstream.reached[0].method == method


async def test_an_answer_comes_back_as_it_was_given(gateways: Gateways) -> None:
    gateway = await gateways.start()
    answer = await gateway.get("/v1/feedback", headers={"X-Request-ID": "mine"})
    assert answer.json() == {"path": "/v1/feedback"}
    assert (answer.headers["etag"], answer.headers["location"]) == ('"1"', "/v1/x")
    assert answer.headers.get_list("x-request-id") == ["mine"]
    spoken = await gateway.get("/v1/feedback?as=cookie", headers={"X-Request-ID": "mine"})
    assert not {"set-cookie", "keep-alive", "server"} & set(spoken.headers)
    assert spoken.headers.get_list("x-request-id") == ["mine"]


async def test_what_has_not_changed_comes_back_without_a_body(gateways: Gateways) -> None:
    gateway = await gateways.serve()
    for _ in range(2):  # on one connection: nothing of the first answer may be left on it
        answer = await gateway.get("/v1/footprints?as=unchanged", headers={"If-None-Match": '"1", W/"2"'})
        assert (answer.status_code, answer.content) == (304, b"")
        assert (answer.headers["etag"], answer.headers["cache-control"]) == ('"1"', "no-cache")
        assert gateways.upstream.reached[-1].header("if-none-match") == '"1", W/"2"'
    assert not {"transfer-encoding", "content-type"} & set(answer.headers)


async def test_forged_headers_stay_outside(gateways: Gateways) -> None:
    gateway, partner = await gateways.start(), await gateways.partner()
    forged = {
        "X-Doorway-Client": "x",
        "Doorway-Organisation": "x",
        "X-Forwarded-For": "192.0.2.1",
        "Forwarded": "for=x",
        "X-Real-IP": "x",
        "Cookie": "a=b",
        "Host": "registry",
        "Via": "x",
        "Proxy-Authorization": "Bearer x",
        "TE": "trailers",
        "Connection": "close, Authorization",
    }
    await gateway.get("/v1/feedback", headers=partner.headers | forged)
    reached = gateways.upstream.reached[0]
    assert reached.header("host") == gateways.upstream.url.removeprefix("http://")
    assert reached.header("authorization") != f"Bearer {partner.key}"
    for name in forged.keys() - {"Host"}:
        assert reached.header(name) is None


async def test_a_signed_body_needs_no_key_and_brings_its_signature(gateways: Gateways) -> None:
    gateway = await gateways.start()
    signed = {"webhook-id": "1", "webhook-signature": "v1,x", "X-Doorway-A": "x"}
    signed["Authorization"] = "Bearer theirs"
    answer = await gateway.post("/v1/hooks/abc", content=b"\xff\x00{", headers=signed)
    reached = gateways.upstream.reached[0]
    assert answer.status_code == 200
    assert reached.body == b"\xff\x00{"
    assert (reached.header("webhook-id"), reached.header("webhook-signature")) == ("1", "v1,x")
    assert reached.header("x-doorway-a") is None
    authorization = reached.header("authorization")
    assert authorization is not None
    assert "theirs" not in authorization
    assert reached.header("doorway-sender-authorization") == "Bearer theirs"


async def test_a_body_beyond_the_limit_is_refused_before_it_is_read(gateways: Gateways) -> None:
    gateway = await gateways.serve()
    head = f"POST /v1/feedback HTTP/1.1\r\nContent-Length: {MEGABYTE + 1}\r\n"
    refused = await exchange(gateway, head)
    assert (refused.status, refused.json()["code"]) == (413, "body_too_large")
    assert gateways.upstream.reached == []


async def test_a_body_that_grows_beyond_the_limit_is_broken_off(gateways: Gateways) -> None:
    gateway = await gateways.serve()

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b"x" * 65_536

    refused = await gateway.post("/v1/feedback", content=endless())
    assert (refused.status_code, refused.json()["code"]) == (413, "body_too_large")
    await asyncio.wait_for(gateways.upstream.broken_off.wait(), 5)
    assert gateways.upstream.reached == []


async def test_a_body_that_trickles_gives_its_connection_back(
    gateways: Gateways, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.middleware.BODY_SECONDS", 0.3)
    monkeypatch.setattr("shared.middleware.BODY_BYTES_PER_SECOND", MEGABYTE)
    gateway = await gateways.serve()
    never = asyncio.Event()

    async def trickling() -> AsyncIterator[bytes]:
        yield b"x" * (WHOLE_BYTES + 1)
        yield b"x"
        await never.wait()

    sending = asyncio.create_task(gateway.post("/v1/lookup", content=trickling()))
    await asyncio.wait_for(gateways.upstream.broken_off.wait(), 5)
    never.set()
    refused = await sending
    assert (refused.status_code, refused.json()["code"]) == (408, "too_slow")
    assert gateways.upstream.reached == []


async def test_a_small_body_that_trickles_takes_no_connection(
    gateways: Gateways, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.middleware.BODY_SECONDS", 0.3)
    gateway = await gateways.serve(upstream_connections=1)
    head = b"POST %s HTTP/1.1\r\nHost: here\r\nContent-Length: 3\r\n\r\nx"
    slow = [asyncio.create_task(exchange(gateway, head % path)) for path in (b"/v1/lookup", b"/v1/clients")]
    assert (await gateway.post("/v1/lookup", content=b"all")).status_code == 200
    for each in slow:
        refused = await each
        assert (refused.status, refused.json()["code"]) == (408, "too_slow")
    assert [each.body for each in gateways.upstream.reached] == [b"all"]


async def test_one_address_sends_few_large_bodies_at_a_time(gateways: Gateways) -> None:
    gateway = await gateways.serve(upstream_streams=1, trusted_proxies="127.0.0.0/8")
    release = asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield b"x" * (WHOLE_BYTES + 1)
        await release.wait()

    async def send(address: str, content: bytes | AsyncIterator[bytes]) -> httpx2.Response:
        return await gateway.post("/v1/lookup", content=content, headers={"X-Forwarded-For": address})

    sending = asyncio.create_task(send("192.0.2.1", slow()))
    await asyncio.wait_for(gateways.upstream.came.wait(), 5)
    large = b"x" * (WHOLE_BYTES * 4)
    refused = await send("192.0.2.1", large)
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many")
    assert refused.headers["retry-after"] == "1"
    assert (await send("192.0.2.1", b"small")).status_code == 200
    assert (await send("192.0.2.2", large)).status_code == 200
    release.set()
    assert (await sending).status_code == 200
    assert (await send("192.0.2.1", large)).status_code == 200


@pytest.mark.parametrize("path", ["/v1/feedback", "/v1/hooks/abc"])
async def test_a_body_arrives_whole_though_its_client_offers_another_protocol(
    gateways: Gateways, path: str
) -> None:
    gateway = await gateways.serve()
    offer = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABk"
    request = f"POST {path} HTTP/1.1\r\nHost: here\r\n{offer}\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunks = "".join(f"{len(each):x}\r\n{each}\r\n" for each in ("first, ", "x" * 40_000, ""))
    [answer] = await over_the_wire(gateway.base_url.port or 0, request.encode(), chunks.encode())
    assert answer.status == 200
    [reached] = gateways.upstream.reached
    assert reached.body == b"first, " + b"x" * 40_000
    assert {reached.header(name) for name in ("upgrade", "http2-settings")} == {None}


async def test_a_large_body_passes_in_pieces(gateways: Gateways) -> None:
    gateway = await gateways.serve()
    body = bytes(range(256)) * 4096
    assert len(body) == MEGABYTE
    assert (await gateway.post("/v1/feedback", content=body)).status_code == 200
    assert gateways.upstream.reached[0].body == body


async def test_a_large_answer_passes(gateways: Gateways) -> None:
    gateway = await gateways.serve()
    assert (await gateway.get("/v1/feedback?as=large")).content == b"x" * 3_000_000


async def test_an_answer_passes_as_it_comes(gateways: Gateways) -> None:
    gateway = await gateways.serve()
    async with gateway.stream("GET", "/v1/feedback?as=stream") as answer:
        lines = answer.aiter_lines()
        assert await asyncio.wait_for(anext(lines), 5) == "first"
        gateways.upstream.release.set()
        assert await asyncio.wait_for(anext(lines), 5) == "second"


async def test_a_service_that_is_away_is_said_to_be(gateways: Gateways) -> None:
    gateway = await gateways.start(feedback_url="http://127.0.0.1:1")
    refused = await gateway.post("/v1/feedback", json={})
    assert (refused.status_code, refused.json()["code"]) == (503, "service_unavailable")
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.headers["retry-after"] == "1"
    assert "ratelimit" in refused.headers


async def test_a_service_that_breaks_off_is_said_to_be_away(gateways: Gateways) -> None:
    gateway = await gateways.start()
    refused = await gateway.post("/v1/feedback?as=break", json={})
    assert (refused.status_code, refused.json()["code"]) == (503, "service_unavailable")


async def test_a_service_that_is_silent_is_not_waited_for(gateways: Gateways) -> None:
    gateway = await gateways.start(upstream_seconds=0.2)
    refused = await gateway.get("/v1/feedback?as=slow")
    assert (refused.status_code, refused.json()["code"]) == (504, "upstream_timeout")
    assert refused.headers["content-type"] == "application/problem+json"


async def test_a_silent_service_holds_up_nobody_else(gateways: Gateways) -> None:
    gateway = await gateways.start()
    waiting = asyncio.create_task(gateway.get("/v1/feedback?as=slow"))
    assert (await gateway.get("/v1/footprints")).status_code == 200
    gateways.upstream.release.set()
    assert (await waiting).status_code == 200


async def test_redirects_are_handed_back_and_not_followed(gateways: Gateways) -> None:
    gateway = await gateways.start()
    answer = await gateway.get("/v1/feedback?as=redirect")
    assert (answer.status_code, answer.headers["location"]) == (307, "http://192.0.2.1/")


async def test_a_client_that_leaves_in_the_middle_of_its_body_has_sent_nothing(gateways: Gateways) -> None:
    gateway = await gateways.serve()
    _, writer = await asyncio.open_connection(gateway.base_url.host, gateway.base_url.port)
    writer.write(b"POST /v1/feedback HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n" + b"x" * 70_000)
    await writer.drain()
    await asyncio.wait_for(gateways.upstream.came.wait(), 5)
    writer.close()
    await asyncio.wait_for(gateways.upstream.broken_off.wait(), 5)
    assert gateways.upstream.reached == []


SMUGGLED = [
    b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /v1/loops HTTP/1.1\r\n\r\n",
    b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
    b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
]


@pytest.mark.parametrize("rest", SMUGGLED)
async def test_a_body_of_two_lengths_is_never_two_requests(gateways: Gateways, rest: bytes) -> None:
    gateway = await gateways.serve()
    head = b"POST /v1/feedback HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    answer = await exchange(gateway, head + rest)
    assert answer.status in {400, 200}
    assert len(gateways.upstream.reached) <= 1
    assert all(each.path == "/v1/feedback" for each in gateways.upstream.reached)
