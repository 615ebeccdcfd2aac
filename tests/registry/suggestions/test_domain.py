"""Anybody suggests, and sees by a code what became of it."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from services.registry.suggestions import senders
from services.registry.suggestions.domain import forget_old
from services.registry.suggestions.models import Suggestion
from shared.clock import clock
from shared.outbox import Outbox
from tests.fixtures.clients import ServiceClient
from tests.fixtures.databases import SessionFor
from tests.registry.appointments.scene import refusal
from tests.registry.stakeholders.scene import operator
from tests.registry.suggestions.scene import BOARD, a_leader, became, decide, network, suggest, suggested


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Return what sets the clock forward by some days."""
    source = clock.source
    return lambda days: monkeypatch.setattr(clock, "source", lambda: source() + timedelta(days=days))


async def test_anybody_suggests_and_gets_a_code(registry: ServiceClient, session_for: SessionFor) -> None:
    session = await session_for("registry")
    events = await session.scalar(select(func.count()).select_from(Outbox))
    made = await suggested(registry, **a_leader(value="Somebody Quite Particular"))
    assert made["state"] == "waiting"
    assert "Keep the code" in made["message"]
    found = await became(registry, made)
    assert (found["what"], found["state"], found["result"]) == ("leader", "waiting", None)
    # Nothing of it is public, and no event says so.
    assert await session.scalar(select(func.count()).select_from(Outbox)) == events
    for path in (BOARD, f"{BOARD}/appointments", f"{BOARD}/contacts", "/v1/changes"):
        assert "Particular" not in (await registry.get(path)).text


async def test_only_a_hash_of_the_code_is_kept(registry: ServiceClient, session_for: SessionFor) -> None:
    made = await suggested(registry)
    session = await session_for("registry")
    row = await session.get_one(Suggestion, made["id"])
    kept = " ".join(str(value) for value in vars(row).values())
    assert made["code"] not in kept
    assert made["code"].replace("-", "") not in kept


async def test_a_code_may_be_typed_as_people_do(registry: ServiceClient) -> None:
    made = await suggested(registry)
    found = await became(registry, made | {"code": made["code"].lower().replace("-", " ")})
    assert found["state"] == "waiting"


@pytest.mark.parametrize(("code", "status"), [("4N06-WRTP-QT8X", 422), ("x", 422), ("0000-0000-0000", 404)])
async def test_a_code_that_nobody_has_tells_nothing(registry: ServiceClient, code: str, status: int) -> None:
    answer = await registry.post("/v1/suggestions/lookup", json={"code": code})
    assert answer.status_code == status
    assert answer.json()["code"] in {"suggestion_unknown", "invalid"}


async def test_a_trust_can_be_suggested_about_as_well(registry: ServiceClient) -> None:
    made = await suggested(registry, "/v1/organisations/ods:RX6", what="other", value="It has moved.")
    assert made["state"] == "waiting"
    assert (await registry.post("/v1/organisations/ods:ZZZ/suggestions", json=a_leader())).status_code == 404


async def test_what_was_suggested_stands_in_no_log_and_no_refusal(
    registry: ServiceClient, capsys: pytest.CaptureFixture[str]
) -> None:
    made = await suggested(registry, **a_leader(value="Somebody Quite Particular", note="So Particular"))
    await registry.post("/v1/suggestions/lookup", json={"code": made["code"]})
    wrong = {"what": "contact", "channel": "email", "value": "Particular at home"}
    refused = await registry.post(f"{BOARD}/suggestions", json=wrong)
    assert refusal(refused) == (422, "invalid")
    logged = capsys.readouterr()
    assert "/v1/footprints/{ref}/suggestions" in logged.err + logged.out
    for text in (refused.text, logged.err, logged.out):
        assert "Particular" not in text
        assert made["code"] not in text


@pytest.mark.parametrize(
    "more",
    [
        {"what": "gossip"},
        {"value": "x"},
        {"value": "x" * 501},
        {"value": "two\nlines"},
        {"note": "x" * 1001},
        {"source_url": "ftp://example.org"},
        {"source_url": "https://name:password@example.org"},
        {"channel": "email"},
        {"what": "contact"},
        {"what": "contact", "role": None, "channel": "email", "value": "not an address"},
        {"password": "x"},
    ],
)
async def test_what_cannot_be_a_suggestion_is_422(registry: ServiceClient, more: dict[str, Any]) -> None:
    refused = await registry.post(f"{BOARD}/suggestions", json=a_leader() | more)
    assert refusal(refused) == (422, "invalid")


async def test_the_same_key_suggests_once(registry: ServiceClient) -> None:
    client, body = operator(registry), a_leader()
    headers = {"Idempotency-Key": body["role"]}
    path = f"{BOARD}/suggestions"
    answers = [await client.post(path, json=body, headers=headers) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert answers[1].headers["Idempotent-Replayed"] == "true"


async def test_no_more_than_some_hundred_wait_at_a_time(
    registry: ServiceClient, session_for: SessionFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert senders.WAITING_MAX == 500
    monkeypatch.setattr(senders, "WAITING_MAX", 3)
    path = "/v1/footprints/ods:QUE"
    answers = await asyncio.gather(*(suggest(registry, path, network()) for _ in range(5)))
    assert sorted(each.status_code for each in answers) == [201, 201, 201, 429, 429]
    (full, _) = [each for each in answers if each.status_code == 429]
    assert full.json()["code"] == "suggestions_full"
    assert int(full.headers["Retry-After"]) > 0
    made = next(each.json() for each in answers if each.status_code == 201)
    await decide(operator(registry), made, "refusal")
    assert (await suggest(registry, path, network())).status_code == 201


async def test_what_was_refused_is_forgotten_after_90_days(
    registry: ServiceClient, session_for: SessionFor, later: Callable[[int], None]
) -> None:
    steward = operator(registry)
    refused, taken, waiting = [
        await suggested(registry, **a_leader(note="He told me himself.", value=f"Robin {name}"))
        for name in ("Refused", "Taken", "Waiting")
    ]
    await decide(steward, refused, "refusal", reason="Nobody publishes it.")
    await decide(steward, taken, "acceptance")
    later(89)
    assert await forgotten(registry, refused) is False
    later(90)
    assert await forgotten(registry, refused) is True
    rows = {each["id"]: each for each in [await read(registry, made) for made in (refused, taken, waiting)]}
    gone = rows[refused["id"]]
    assert [gone[name] for name in ("value", "role", "note", "source_url")] == [None] * 4
    assert (gone["reason"], gone["like_others"]) == ("Nobody publishes it.", 0)
    assert (rows[taken["id"]]["value"], rows[taken["id"]]["note"]) == ("Robin Taken", None)
    assert rows[waiting["id"]]["note"] == "He told me himself."
    assert (await became(registry, refused))["reason"] == "Nobody publishes it."


async def test_what_nobody_decides_lapses_after_180_days_and_makes_room(
    registry: ServiceClient, later: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = "/v1/footprints/ods:QNX"
    made = await suggested(registry, path, **a_leader(note="He told me himself."))
    monkeypatch.setattr(senders, "WAITING_MAX", 1)
    full = await registry.post(f"{path}/suggestions", json=a_leader())
    assert refusal(full) == (429, "suggestions_full")
    later(179)
    assert await forgotten(registry, made) is False
    later(181)
    assert await forgotten(registry, made) is True
    row = await read(registry, made)
    assert [row[name] for name in ("value", "role", "note", "source_url", "decided_at")] == [None] * 5
    assert (row["state"], row["version"], row["like_others"]) == ("lapsed", 1, 0)
    found = await became(registry, made)
    assert (found["state"], found["reason"], found["result"]) == ("lapsed", None, None)
    assert "180 days" in found["message"]
    assert refusal(await decide(operator(registry), made, "acceptance")) == (409, "already_decided")
    await suggested(registry, path, **a_leader())


async def forgotten(registry: ServiceClient, made: dict[str, Any]) -> bool:
    """Forget what is due, as a worker does, and return whether a suggestion was among it."""
    async with registry.state.sessions.begin() as session:
        await forget_old(session)
    async with registry.state.sessions.begin() as session:
        assert await forget_old(session) == 0
    return bool((await read(registry, made))["value"] is None)


async def read(registry: ServiceClient, made: dict[str, Any]) -> dict[str, Any]:
    """Return a suggestion as the operator's stewards read it."""
    found: dict[str, Any] = (await operator(registry).get(f"/v1/suggestions/{made['id']}")).json()
    return found


async def test_what_is_suggested_is_kept_by_no_cache(registry: ServiceClient) -> None:
    made = await suggested(registry)
    for path in ("/v1/suggestions", f"/v1/suggestions/{made['id']}"):
        answer = await operator(registry).get(path)
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
