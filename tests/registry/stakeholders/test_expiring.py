"""What the passing of time brings to groups' consents; the clock is set by hand."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.stakeholders.domain import erase_next_expired, publish_next_expiring
from services.registry.stakeholders.models import Stakeholder
from shared.clock import clock
from shared.outbox import Outbox
from tests.fixtures.clients import ServiceClient
from tests.registry.stakeholders.scene import ADDRESS, act_on, agreed, operator, registered, with_address

EXPIRING = "registry.stakeholder_consent_expiring.v1"


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return what sets the clock forward by some days."""
    source = clock.source
    return lambda days: monkeypatch.setattr(clock, "source", lambda: source() + timedelta(days=days))


async def all_done(registry: ServiceClient, work: Callable[[AsyncSession], Awaitable[int]]) -> int:
    """Do some work until nothing is left of it, as the timer does; return how much there was."""
    count, done = 0, 1
    while done:
        async with registry.state.sessions.begin() as session:
            done = await work(session)
        count += done
    return count


async def events_of(registry: ServiceClient, group: dict[str, Any]) -> list[str]:
    """Return the types of the events of a group, in order."""
    types = select(Outbox.type).where(Outbox.aggregate_id == group["id"]).order_by(Outbox.sequence)
    async with registry.state.sessions() as session:
        return list(await session.scalars(types))


async def address_of(registry: ServiceClient, group: dict[str, Any]) -> str | None:
    """Return the address of a group that is kept."""
    async with registry.state.sessions() as session:
        kept: str | None = await session.scalar(
            select(Stakeholder.address).where(Stakeholder.id == group["id"])
        )
        return kept


async def test_a_consent_that_ends_within_30_days_is_published_of_once(
    registry: ServiceClient, later: Any
) -> None:
    group = await registered(operator(registry), with_address(days=100))
    later(69)
    await all_done(registry, publish_next_expiring)
    assert EXPIRING not in await events_of(registry, group)
    later(70)
    await all_done(registry, publish_next_expiring)
    assert (await events_of(registry, group)).count(EXPIRING) == 1
    later(99)
    assert await all_done(registry, publish_next_expiring) == 0
    assert (await events_of(registry, group)).count(EXPIRING) == 1


async def test_a_renewed_consent_can_be_published_of_again(registry: ServiceClient, later: Any) -> None:
    client = operator(registry)
    group = await registered(client, with_address(days=20))
    await all_done(registry, publish_next_expiring)
    renewed = await act_on(client, group | {"version": 2}, "consent", **agreed(200))
    assert (renewed.status_code, renewed.json()["version"]) == (200, 3)
    assert await all_done(registry, publish_next_expiring) == 0
    later(171)
    await all_done(registry, publish_next_expiring)
    assert (await events_of(registry, group)).count(EXPIRING) == 2


async def test_two_workers_at_once_tell_once(registry: ServiceClient) -> None:
    await all_done(registry, publish_next_expiring)
    groups = [await registered(operator(registry), with_address(days=5)) for _ in range(4)]
    done = await asyncio.gather(*(all_done(registry, publish_next_expiring) for _ in range(2)))
    assert sum(done) == len(groups)
    for group in groups:
        assert (await events_of(registry, group)).count(EXPIRING) == 1


async def test_what_was_withdrawn_or_ended_is_not_published_of(registry: ServiceClient) -> None:
    await all_done(registry, publish_next_expiring)
    client = operator(registry)
    groups = [await registered(client, with_address(days=5)) for _ in range(2)]
    await act_on(client, groups[0], "withdrawal")
    await act_on(client, groups[1], "ending")
    assert await all_done(registry, publish_next_expiring) == 0


async def test_30_days_after_a_consent_ended_the_address_is_erased_for_good(
    registry: ServiceClient, later: Any
) -> None:
    client = operator(registry)
    group = await registered(client, with_address(days=40))
    kept = await registered(client, with_address(days=400))
    later(70)
    await all_done(registry, erase_next_expired)
    assert await address_of(registry, group) == ADDRESS
    later(71)
    done = await asyncio.gather(*(all_done(registry, erase_next_expired) for _ in range(2)))
    assert sum(done) == 1
    assert await address_of(registry, group) is None
    assert await address_of(registry, kept) == ADDRESS
    await all_done(registry, publish_next_expiring)
    assert EXPIRING not in await events_of(registry, group)
