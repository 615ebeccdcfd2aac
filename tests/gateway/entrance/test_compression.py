"""Answers in gzip, with tags of their own."""

import gzip
from collections.abc import Sequence

import pytest
from starlette.types import Message, Receive, Scope, Send

from services.gateway.entrance.compression import BYTES_MIN, Compression

TEXT = b"What people said, and what happened because of it. " * 100
TAG = b'"3-0123456789abcdef"'
MARKED = b'"3-0123456789abcdef-gzip"'
JSON = (b"content-type", b"application/json")


class Answering:
    """An app that gives one answer, and remembers the headers of the request."""

    def __init__(self, *pieces: bytes, status: int = 200, headers: Sequence[tuple[bytes, bytes]] = (JSON,)):
        self.pieces, self.status, self.headers = pieces, status, headers
        self.asked: dict[bytes, bytes] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await receive()
        self.asked = dict(scope["headers"])
        measured = [(b"content-length", str(len(self.pieces[0])).encode())] if len(self.pieces) == 1 else []
        headers = [*self.headers, (b"etag", TAG), *measured]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        for n, piece in enumerate(self.pieces, 1):
            more = n < len(self.pieces)
            await send({"type": "http.response.body", "body": piece, "more_body": more})


async def ask(app: Answering, method: str = "GET", **headers: str) -> tuple[dict[bytes, bytes], bytes, int]:
    """Ask an app through the compression: the headers of its answer, its body, and in how many pieces."""
    sent: list[Message] = []
    given = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    await Compression(app)({"type": "http", "method": method, "headers": given}, receive, send)
    bodies = [message["body"] for message in sent[1:]]
    assert sent[-1].get("more_body", False) is False
    return dict(sent[0]["headers"]), b"".join(bodies), len(bodies)


async def test_who_takes_gzip_gets_it_under_a_tag_of_its_own() -> None:
    headers, body, _ = await ask(Answering(TEXT), accept_encoding="gzip, deflate, br")
    assert gzip.decompress(body) == TEXT
    assert (headers[b"content-encoding"], headers[b"etag"]) == (b"gzip", MARKED)
    assert (headers[b"content-length"], headers[b"vary"]) == (str(len(body)).encode(), b"Accept-Encoding")


async def test_what_an_answer_varies_by_already_is_kept() -> None:
    for headers in ([JSON], [JSON, (b"vary", b"Accept")], [JSON, (b"vary", b"A"), (b"vary", b"B")]):
        found, _, _ = await ask(Answering(TEXT, headers=headers), accept_encoding="gzip")
        said = [value for name, value in headers if name == b"vary"]
        assert found[b"vary"] == b", ".join([*said, b"Accept-Encoding"])


async def test_an_answer_in_pieces_goes_on_in_pieces() -> None:
    headers, body, pieces = await ask(Answering(TEXT, TEXT * 50, b""), accept_encoding="gzip")
    assert gzip.decompress(body) == TEXT * 51
    assert b"content-length" not in headers
    assert pieces > 1


@pytest.mark.parametrize(
    ("app", "encodings"),
    [
        (Answering(TEXT), ""),
        (Answering(TEXT), "gzip;q=0"),
        (Answering(TEXT), "br"),
        (Answering(TEXT[: BYTES_MIN - 1]), "gzip"),
        (Answering(TEXT, headers=[(b"content-type", b"image/jpeg")]), "gzip"),
        (Answering(TEXT, headers=[JSON, (b"content-encoding", b"br")]), "gzip"),
    ],
)
async def test_other_answers_stay_as_they_are(app: Answering, encodings: str) -> None:
    headers, body, _ = await ask(app, accept_encoding=encodings)
    assert (body, headers[b"etag"]) == (app.pieces[0], TAG)
    assert headers.get(b"content-encoding") != b"gzip"


async def test_the_head_of_an_answer_stays_as_it_is() -> None:
    headers, _, _ = await ask(Answering(b""), "HEAD", accept_encoding="gzip")
    assert b"content-encoding" not in headers


async def test_services_see_their_own_tags() -> None:
    app = Answering(b"", status=304)
    headers, _, _ = await ask(
        app, accept_encoding="gzip", if_none_match='"x", "3-0123456789abcdef-gzip"', if_match='"3-gzip"'
    )
    assert app.asked[b"if-none-match"] == b'"x", "3-0123456789abcdef"'
    assert app.asked[b"if-match"] == b'"3"'
    assert headers[b"etag"] == MARKED


async def test_who_has_the_other_form_is_told_its_tag() -> None:
    headers, _, _ = await ask(Answering(b"", status=304), accept_encoding="gzip", if_none_match=TAG.decode())
    assert headers[b"etag"] == TAG
