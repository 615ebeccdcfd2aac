"""Many at once: each line is taken or refused by itself, and all that is taken is stored together."""

import asyncio
import json
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from services.feedback.batches import lines
from services.feedback.batches.lines import LINES_MAX
from services.feedback.batches.routes import FORMS
from services.feedback.items.intake import IntakeTools
from shared.ids import new_id
from tests.feedback.examples import ClientOf, give_feedback, something_said
from tests.fixtures.clients import ServiceClient


async def send(client: ServiceClient, *lines: Any, **headers: str) -> Any:
    """Send lines, each a body or as it is."""
    written = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
    return await client.post(
        "/v1/feedback/batch",
        content=b"\n".join(written),
        headers={"Content-Type": "application/x-ndjson", **headers},
    )


async def test_a_byte_order_mark_spoils_no_line(partner: ServiceClient, trust_id: UUID) -> None:
    line = b"\xef\xbb\xbf" + json.dumps(something_said(trust_id)).encode()
    assert (await send(partner, line)).json()["accepted"] == 1
    refused = await send(partner, line, **{"Content-Encoding": "gzip"})
    assert (refused.status_code, refused.json()["code"]) == (415, "encoding_not_read")


@pytest.mark.parametrize("form", FORMS)
async def test_lines_are_read_alike_whatever_they_are_called(
    form: str, partner: ServiceClient, trust_id: UUID
) -> None:
    assert (await send(partner, something_said(trust_id), **{"Content-Type": form})).json()["accepted"] == 1


async def test_each_line_is_taken_or_refused_by_itself(partner: ServiceClient, trust_id: UUID) -> None:
    good = something_said(trust_id)
    answer = await send(
        partner,
        good,
        b"",
        good | {"kind": "rumour"},
        b"{",
        b'{"text": "\\u0000"}',
        something_said(new_id()),
        good | {"urgent": True, "contributor": {"channel": "app"}},
    )
    told = answer.json()
    assert (answer.status_code, told["accepted"], told["rejected"]) == (200, 2, 4)
    assert [(each["line"], each["error"]) for each in told["results"]] == [
        (1, None),
        (3, "invalid"),
        (4, "invalid"),
        (5, "bad_text"),
        (6, "not_here_yet"),
        (7, None),
    ]
    assert told["results"][1]["detail"].startswith("/kind:")
    shown = await partner.get(f"/v1/feedback/{told['results'][0]['id']}")
    assert shown.status_code == 200
    assert told["results"][0]["reply_code"] != told["results"][5]["reply_code"]


async def test_what_came_before_is_not_doubled(
    partner: ServiceClient, trust_id: UUID, feedback_db: str
) -> None:
    first = await give_feedback(partner, trust_id, external_id="b1")
    line = something_said(trust_id, external_id="b1")
    other = something_said(trust_id, external_id="b2")
    told = (await send(partner, line, line | {"text": "Other."}, other, other)).json()["results"]
    assert [each["id"] for each in told[:2]] == [first["id"]] * 2
    assert told[2]["id"] is not None
    assert [each["outcome"] for each in told] == ["repeat", "revision", "new", "repeat"]
    assert told[3]["id"] == told[2]["id"]
    # A code is shown once, and where it is not shown the line says where it was.
    assert [bool(each["reply_code"]) for each in told] == [False, False, True, False]
    assert [bool(each["reply_code_notice"]) for each in told] == [True, True, False, True]
    connection = await asyncpg.connect(feedback_db)
    rows = await connection.fetch(
        "SELECT revision, version, (SELECT count(*) FROM outbox WHERE aggregate_id = feedback.id) AS events"
        " FROM feedback WHERE organisation_ids @> ARRAY[$1::uuid] ORDER BY id",
        trust_id,
    )
    await connection.close()
    assert [tuple(row) for row in rows] == [(2, 2, 2), (1, 1, 1)]


async def test_a_batch_with_a_key_is_taken_once(partner: ServiceClient, trust_id: UUID) -> None:
    first, again = [
        await send(partner, something_said(trust_id), **{"Idempotency-Key": "batch 1"}) for _ in range(2)
    ]
    assert again.json() == first.json()
    assert again.headers["idempotent-replayed"] == "true"


async def test_a_code_is_bound_once_within_a_batch(partner: ServiceClient, trust_id: UUID) -> None:
    code = partner.part(IntakeTools).codes.code_of(new_id())
    told = (await send(partner, something_said(trust_id, reply_code=code), something_said(trust_id))).json()
    assert [each["error"] for each in told["results"]] == ["invalid", None]


async def test_a_batch_is_bounded(partner: ServiceClient) -> None:
    answer = await send(partner, *[b"{}"] * (LINES_MAX + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "too_many_lines")


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xff\xfe", b"[1]"])
async def test_what_holds_no_feedback_stores_none(partner: ServiceClient, content: bytes) -> None:
    answer = await send(partner, content)
    assert (answer.status_code, answer.json()["accepted"]) == (200, 0)


async def test_a_batch_needs_its_scope(service: ServiceClient, client_of: ClientOf, trust_id: UUID) -> None:
    assert (await send(service, {})).status_code == 401
    assert (await send(client_of(trust_id, "feedback:read"), {})).json()["code"] == "scope_missing"


async def test_others_go_on_between_two_lines(
    partner: ServiceClient, trust_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns, turns_at_lines = 0, []

    async def take_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    def note_turns(line: bytes) -> None:
        turns_at_lines.append(turns)

    monkeypatch.setattr(lines, "refuse_bad_text", note_turns)
    others = asyncio.create_task(take_turns())
    try:
        answer = await send(partner, *[something_said(trust_id)] * 20)
    finally:
        others.cancel()
    assert answer.json()["accepted"] == 20
    assert len(set(turns_at_lines)) == 20
