"""A replay by the class of error and since an instant: first how many, then exactly one piece each."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from shared.clock import now
from tests.feedback.sources.conftest import Settle
from tests.feedback.sources.senders import PAYLOAD, RULES, Sender
from tests.feedback.sources.test_payloads import feedback_of, make_due, received_id
from tests.fixtures.clients import ServiceClient

OLD = now() - timedelta(days=40)


@pytest.fixture
async def received(service: ServiceClient, sender: Sender, settle_all: Settle) -> list[str]:
    """Payloads that wait: two without words, an old one, and one of an unknown kind beside an empty one."""
    await sender.map_by(fields=RULES["fields"] | {"kind": "type"})
    empty = {name: value for name, value in PAYLOAD.items() if name not in ("comment", "id")}
    odd = PAYLOAD | {"id": "odd", "type": "moan"}
    found = [await received_id(sender, each) for each in (empty, empty, empty, [odd, empty])]
    await settle_all()
    await make_due(service, found[2], received_at=OLD)
    return found


async def replay(sender: Sender, **wanted: Any) -> dict[str, Any]:
    """Ask for a replay."""
    answer = await sender.owner.post(f"{sender.path}/replay", json=wanted)
    assert answer.status_code == 202, answer.text
    told: dict[str, Any] = answer.json()
    return told


@pytest.mark.parametrize(
    ("wanted", "payloads", "answers"),
    [
        ({"error_class": "missing"}, 4, 5),
        ({"error_class": "literal_error"}, 1, 2),
        ({"error_class": "nothing"}, 0, 0),
        ({"since": (now() - timedelta(days=1)).isoformat()}, 3, 4),
        ({"error_class": "missing", "since": OLD.isoformat()}, 4, 5),
        ({"all": True}, 4, 5),
    ],
)
async def test_a_dry_run_says_how_many_and_a_replay_does_as_many(
    sender: Sender, received: list[str], wanted: dict[str, Any], payloads: int, answers: int
) -> None:
    rehearsed = await replay(sender, dry_run=True, **wanted)
    assert (rehearsed["payloads"], rehearsed["answers"], rehearsed["replayed"]) == (payloads, answers, 0)
    assert (rehearsed["tried"], rehearsed["would_map"]) == (answers, 0)
    done = await replay(sender, **wanted)
    assert (done["replayed"], done["payloads"], done["answers"]) == (payloads, payloads, answers)
    assert (await replay(sender, **wanted))["replayed"] == 0


async def test_replays_at_once_make_exactly_one_piece_of_each(
    service: ServiceClient, sender: Sender, received: list[str], settle_all: Settle
) -> None:
    defaults = RULES["defaults"] | {"text": "(no comment)"}
    await sender.map_by(defaults=defaults)
    rehearsed = await replay(sender, error_class="missing", dry_run=True)
    assert (rehearsed["would_map"], rehearsed["answers"]) == (5, 5)
    asked = await asyncio.gather(*(replay(sender, error_class="missing") for _ in range(3)))
    assert sorted(each["replayed"] for each in asked) == [0, 0, 4]
    await asyncio.gather(settle_all(), settle_all())
    await settle_all()
    assert await feedback_of(service, sender) == 5
    assert (await sender.read("quarantine"))["items"] == []
    assert (await replay(sender, all=True))["replayed"] == 0


@pytest.mark.parametrize(
    "body", [{"all": True, "error_class": "missing"}, {"received_ids": [], "since": OLD.isoformat()}]
)
async def test_two_ways_at_once_are_refused(sender: Sender, body: dict[str, Any]) -> None:
    assert (await sender.owner.post(f"{sender.path}/replay", json=body)).status_code == 422
