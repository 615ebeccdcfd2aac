"""No sender takes the places of all others."""

import asyncio
from collections.abc import Iterator
from itertools import cycle
from typing import Any

import pytest

from services.registry.suggestions import senders
from services.registry.suggestions.models import Suggestion
from shared.ids import new_id
from tests.fixtures.clients import ServiceClient
from tests.fixtures.databases import SessionFor
from tests.registry.appointments.scene import refusal
from tests.registry.stakeholders.scene import operator
from tests.registry.suggestions.scene import decide, network, suggest

BODIES = [f"/v1/footprints/ods:{code}" for code in ("QUE", "QNX", "QOQ", "QWO", "QHM")]


async def flood(client: ServiceClient, paths: Iterator[str], headers: dict[str, str]) -> list[dict[str, Any]]:
    """Suggest until a suggestion is refused, and return what was made."""
    made = []
    while (answer := await suggest(client, next(paths), headers)).status_code == 201:
        made.append(answer.json())
    assert refusal(answer) == (429, "enough_waiting")
    assert int(answer.headers["Retry-After"]) > 0
    return made


async def test_a_network_takes_20_places_and_leaves_the_others(registry: ServiceClient) -> None:
    junk = network()
    assert len(await flood(registry, cycle(BODIES[:1]), junk)) == 20
    # Another's honest suggestion still gets in, and so does the same network's about another body.
    assert (await suggest(registry, BODIES[0], network())).status_code == 201
    assert (await suggest(registry, BODIES[1], junk)).status_code == 201


async def test_the_fewer_places_are_free_the_fewer_a_network_may_take(
    registry: ServiceClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(senders, "WAITING_MAX", 60)
    path = await a_body(registry)
    taken = [len(await flood(registry, cycle([path]), network())) for _ in range(6)]
    assert taken == [5, 5, 4, 4, 3, 3]
    monkeypatch.setattr(senders, "WAITING_MAX", sum(taken) + 1)
    assert (await suggest(registry, path, network())).status_code == 201
    assert refusal(await suggest(registry, path, network())) == (429, "suggestions_full")


async def test_many_at_once_get_no_further(registry: ServiceClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(senders, "OF_SENDER_ANYWHERE_MAX", 3)
    junk = network()
    answers = await asyncio.gather(*(suggest(registry, path, junk) for path in BODIES * 2))
    assert [each.status_code for each in answers].count(201) == 3


async def test_a_network_takes_100_places_in_all_until_some_are_decided(registry: ServiceClient) -> None:
    junk = network()
    paths = [await a_body(registry) for _ in range(6)]
    made = await flood(registry, (path for path in paths for _ in range(20)), junk)
    assert len(made) == senders.OF_SENDER_ANYWHERE_MAX == 100
    await decide(operator(registry), made[0], "refusal")
    assert (await suggest(registry, paths[5], junk)).status_code == 201
    assert refusal(await suggest(registry, paths[5], junk)) == (429, "enough_waiting")


async def test_a_client_counts_by_its_key_from_whatever_network(
    registry: ServiceClient, session_for: SessionFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(senders, "OF_SENDER_MAX", 1)
    path, shared_network = await a_body(registry), network()
    client_id = new_id()
    client, other = registry.as_(client_id=client_id), registry.as_(client_id=new_id())
    made = (await suggest(client, path, network())).json()
    assert refusal(await suggest(client, path, network())) == (429, "enough_waiting")
    assert (await suggest(other, path, shared_network)).status_code == 201
    assert (await suggest(registry, path, shared_network)).status_code == 201
    session = await session_for("registry")
    assert (await session.get_one(Suggestion, made["id"])).sender == f"client {client_id.hex}"


async def test_those_without_a_mark_count_as_one_network(
    registry: ServiceClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(senders, "OF_SENDER_MAX", 1)
    path = await a_body(registry)
    assert (await suggest(registry, path, {})).status_code == 201
    assert refusal(await suggest(registry, path, {})) == (429, "enough_waiting")


async def a_body(registry: ServiceClient) -> str:
    """Register a body about which nobody has suggested anything, and return its path."""
    body = {"name": f"Charity {new_id()} (invented)", "kind": "voluntary", "demonstration": True}
    made = await operator(registry).post("/v1/organisations", json=body)
    assert made.status_code == 201, made.text
    return f"/v1/organisations/{made.json()['id']}"
