"""Bodies at the hook: forms and files of lines come in once, and hostile ones are refused and never fail."""

import gzip
import json
import time
from typing import Any
from urllib.parse import urlencode

import pytest

from services.feedback.sources.multipart import read_multipart
from shared.ids import new_id
from tests.feedback.sources.conftest import Settle
from tests.feedback.sources.senders import (
    Sender,
    a_source,
    hmac_headers,
    hmac_source,
    multipart,
    standard_headers,
)
from tests.fixtures.clients import ServiceClient

FORM = "application/x-www-form-urlencoded"
FIELDS = {"id": "r-1", "comment": "The nurse explained everything.", "score": "2", "consent": "Y"}


@pytest.fixture
async def form_sender(service: ServiceClient, owner: ServiceClient) -> Sender:
    """A supplier that knows its address and nothing else."""
    token = {"message_id_expression": "id"}
    return await a_source(service, owner, scheme="secret-path", token=token)


async def test_a_multipart_form_is_the_same_under_another_boundary(
    form_sender: Sender, settle_all: Settle
) -> None:
    await form_sender.map_by()
    outcomes = []
    for boundary, fields in (("one", FIELDS), ("two", FIELDS), ("three", {**FIELDS, "score": "3"})):
        body, kind = multipart(fields, files={"photo": b"\x89PNG"}, boundary=boundary)
        answer = (await form_sender.post(body, **{"content-type": kind})).json()
        outcomes.append(answer["outcome"])
        assert answer["files_left_out"] == ["photo"]
    assert outcomes == ["new", "repeat", "revision"]
    await settle_all()
    told = await form_sender.read(f"received/{answer['received_id']}")
    assert (told["state"], told["quarantined"]) == ("mapped", [])


async def test_each_line_of_a_file_becomes_feedback(sender: Sender, settle_all: Settle) -> None:
    await sender.map_by()
    lines = [json.dumps({**FIELDS, "id": f"r-{n}"}) for n in range(3)] + ['{"id": "r-9", "score": "2"}']
    body = "\n".join(lines).encode()
    headers = standard_headers(sender.secret, body, "m-1") | {"content-type": "application/x-ndjson"}
    taken = await sender.post(body, **headers)
    assert (taken.status_code, taken.json()["files_left_out"]) == (202, [])
    await settle_all()
    told = await sender.read(f"received/{taken.json()['received_id']}")
    assert [each["position"] for each in told["feedback"]] == [0, 1, 2]
    assert [each["position"] for each in told["quarantined"]] == [3]


def keys(number: int) -> dict[str, str]:
    """A form of so many fields."""
    return {f"key{n}": "1" for n in range(number)}


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (urlencode(keys(10_000)).encode(), FORM, 422),
        (*multipart(keys(10_000)), 422),
        (*multipart({}, files={f"f{n}": b"1" for n in range(10_000)}), 422),
        (b"--x" * 100_000, "multipart/form-data; boundary=x", 422),
        (b"--x\r\n" * 100_000, "multipart/form-data; boundary=x", 422),
        (b"--x\r\n" + b"a: b\r\n" * 100_000, "multipart/form-data; boundary=x", 422),
        (b"a=1", "multipart/form-data", 422),
        (b"a=1", "multipart/form-data; boundary=" + "x" * 5000, 422),
        (b"[" * 500_000, "application/json", 422),
        (b'{"a":' * 100_000, "application/json", 422),
        (b'{"a": NaN}', "application/json", 422),
        (b'{"a": -Infinity}', "application/json", 422),
        (b'{"a": 1e999}', "application/json", (202, 422)),
        (b"\n" * 500_000, "application/x-ndjson", 422),
        (b"[1]\n" * 200_000, "application/x-ndjson", 202),
        (b"\xff\xfe", "application/json", 422),
        (gzip.compress(b"[]"), "application/json", 422),
        (b"x" * 10_485_760, "application/json", 413),
        (b"%" * 500_000, FORM, 422),
        (b"&" * 500_000, FORM, 422),
        (b"<a/>", "application/xml", 415),
        (b"{}", "application/json\x7f", 415),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_hostile_body_is_refused_or_waits(
    service: ServiceClient, owner: ServiceClient, body: bytes, kind: str, status: Any
) -> None:
    sender = await a_source(service, owner, scheme="secret-path")
    began = time.monotonic()
    answer = await sender.post(body, **{"content-type": kind})
    wanted = status if isinstance(status, tuple) else (status,)
    assert answer.status_code in wanted, answer.text
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate, gzip", "x" * 200])
async def test_a_compressed_body_stays_unread(form_sender: Sender, encoding: str) -> None:
    bomb = gzip.compress(b"0" * 1_000_000)
    refused = await form_sender.post(
        bomb, **{"content-encoding": encoding, "content-type": "application/json"}
    )
    assert (refused.status_code, refused.json()["code"]) == (415, "encoding_not_read")


@pytest.mark.parametrize("off", [301, -330, 10**9, -(10**9)])  # a time ahead comes nearer as it is sent
async def test_a_time_that_is_off_is_refused_in_each_scheme_that_signs(
    service: ServiceClient, owner: ServiceClient, sender: Sender, off: int
) -> None:
    body = b"{}"
    refused = await sender.post(body, **standard_headers(sender.secret, body, "m-1", seconds_ago=off))
    assert refused.status_code == 401
    timed = {"timestamp_header": "X-Time", "signed": "{timestamp}.{body}"}
    other = await a_source(service, owner, **hmac_source(**timed))
    at = str(int(time.time()) - off)
    signed = hmac_headers(other.secret, f"{at}.".encode() + body)
    assert (await other.post(body, **signed, **{"x-time": at})).status_code == 401


@pytest.mark.parametrize(
    "shown",
    ["", "!", "=" * 50, "v1,", "v1,====", "v1," + "A" * 10_000, "v1,\x00", "sha256=zz", "é" * 40, "v1,%41"],
)
async def test_a_bad_form_of_signature_is_refused_in_each_scheme(
    service: ServiceClient, owner: ServiceClient, sender: Sender, shown: str
) -> None:
    value = shown.encode("latin-1").decode("latin-1")
    for fields, header in (
        (hmac_source(encoding="base64"), "x-signature"),
        (hmac_source(), "x-signature"),
        ({"scheme": "bearer"}, "doorway-sender-authorization"),
        ({"scheme": "basic", "token": {"username": "a"}}, "doorway-sender-authorization"),
        ({"scheme": "fixed-header", "token": {"header": "X-Key"}}, "x-key"),
    ):
        other = await a_source(service, owner, **fields)
        raw = [(header.encode(), value.encode("latin-1")), (b"content-type", b"application/json")]
        answer = await service.post(other.source["hook"], content=b"{}", headers=raw)
        assert answer.status_code == 401, (fields, answer.text)
    headers = standard_headers(sender.secret, b"{}", f"m-{new_id().hex}")
    raw = [(name.encode(), text.encode()) for name, text in headers.items() if name != "webhook-signature"]
    raw.append((b"webhook-signature", value.encode("latin-1")))
    assert (await service.post(sender.source["hook"], content=b"{}", headers=raw)).status_code == 401


def test_a_part_may_say_how_it_is_encoded() -> None:
    body, kind = multipart({"a": "S2luZC4="})
    body = body.replace(b'name="a"', b'name="a"\r\nContent-Transfer-Encoding: base64')
    assert read_multipart(body, kind).fields == [("a", "Kind.")]
