from typing import Any

import pytest

from services.gateway.entrance.answers import GuardedAnswer
from services.gateway.entrance.limits import LimitState

STANDING = LimitState("client", 600, 598, 41, allowed=True)


async def send_answer(status: int, body: bytes, headers: Any = ()) -> tuple[GuardedAnswer, list[Any]]:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    answer = GuardedAnswer(send, STANDING)
    await answer({"type": "http.response.start", "status": status, "headers": list(headers)})
    for piece in (body[:5], body[5:]):
        await answer({"type": "http.response.body", "body": piece})
    return answer, sent


async def test_limits_are_said_in_the_standard_fields() -> None:
    _, sent = await send_answer(200, b"{}")
    headers = dict(sent[0]["headers"])
    assert headers[b"ratelimit"] == b'"client";r=598;t=41'
    assert headers[b"ratelimit-policy"] == b'"client";q=600;w=60'


async def test_a_page_keeps_its_own_policy() -> None:
    _, sent = await send_answer(200, b"", [(b"content-security-policy", b"default-src 'self'")])
    policies = [value for name, value in sent[0]["headers"] if name == b"content-security-policy"]
    assert policies == [b"default-src 'self'"]


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (401, b'{"code": "key_unknown"}', "key_unknown"),
        (403, b'{"code": "scope_missing"}', "scope_missing"),
        (404, b'{"code": "not_found"}', None),
        (200, b'{"code": "x"}', None),
        (403, b"<html>", "unknown"),
        (403, b"[]", "unknown"),
        (403, b"{}", "unknown"),
    ],
)
async def test_a_refusal_is_known_by_its_code(status: int, body: bytes, code: str | None) -> None:
    answer, sent = await send_answer(status, body)
    assert answer.refusal_code == code
    assert b"".join(each["body"] for each in sent[1:]) == body
