"""The directory in pieces."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from services.registry.directory import domain
from services.registry.directory.domain import is_listed, read_entries, read_piece, select_directory
from services.registry.directory.queries import Selection, next_ids
from shared.clock import clock
from tests.fixtures.clients import ServiceClient
from tests.registry.conftest import statements
from tests.registry.directory.entries import DAY, door, entry

TRUSTS = Selection(date(2026, 4, 1), ("nhs_trust",))


@pytest.fixture
def sessions(registry: ServiceClient) -> async_sessionmaker[AsyncSession]:
    """Give the sessions of a running registry."""
    found: async_sessionmaker[AsyncSession] = registry.state.sessions
    return found


async def test_pieces_of_any_size_hold_the_same_bodies_in_the_same_order(
    sessions: async_sessionmaker[AsyncSession], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with sessions() as session:
        whole = list(await next_ids(session, TRUSTS, None, 10_000))
    assert len(whole) > 150
    for at_once in (1_000, len(whole), 37):
        monkeypatch.setattr(domain, "PIECE", at_once)
        found = [each async for each in read_entries(sessions, TRUSTS)]
        assert [each.body.id for group in found for each in group] == whole
        assert all(found)


async def test_a_piece_costs_five_statements_and_an_empty_one_a_single_one(registry: ServiceClient) -> None:
    async with registry.state.sessions() as session:
        with statements(registry) as sent:
            found = await read_piece(session, TRUSTS, None)
        assert (len(found), len(sent)) == (domain.PIECE, 5)
        with statements(registry) as sent:
            assert await read_piece(session, Selection(date(1900, 1, 1), ("icb",)), None) == []
        assert len(sent) == 1


async def test_what_is_known_of_a_footprint_too_long_is_history() -> None:
    old = door(known_on=date(2019, 1, 1))
    trust = entry(is_footprint=False, kind="nhs_trust").body
    assert not is_listed(entry().body, old, DAY)
    assert is_listed(entry().body, door(), DAY)
    assert is_listed(trust, old, DAY)


async def test_the_tag_of_a_day_to_come_is_another_tomorrow(
    sessions: async_sessionmaker[AsyncSession], monkeypatch: pytest.MonkeyPatch
) -> None:
    tags = set()
    for day in (23, 23, 24):
        monkeypatch.setattr(clock, "source", lambda day=day: datetime(2026, 11, day, 12, tzinfo=UTC))
        async with sessions() as session:
            tags.add((await select_directory(session, date(2027, 4, 1), [], None)).tag)
    assert len(tags) == 2
