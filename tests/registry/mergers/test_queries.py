"""Reading what a merger is about."""

from datetime import date

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.mergers import queries
from services.registry.settings import Settings
from shared.ids import new_id
from tests.fixtures.databases import SessionFor

DAY = date(2026, 11, 23)


@pytest.fixture
async def session(imported: Settings, session_for: SessionFor) -> AsyncSession:
    return await session_for("registry")


async def test_a_code_is_taken_by_whoever_has_it_on_the_day_or_later(session: AsyncSession) -> None:
    codes = [("ods", "QHM"), ("ods", "QNQ"), ("ons", "E54000070"), ("ods", "N9N9N")]
    assert await queries.codes_taken(session, codes, DAY, ()) == {("ods", "QHM"), ("ons", "E54000070")}
    assert ("ods", "QNQ") in await queries.codes_taken(session, codes, date(2026, 3, 31), ())


async def test_editions_start_on_their_days(session: AsyncSession) -> None:
    assert await queries.edition_starts(session, "ICB2026") == {date(2026, 4, 1)}
    assert await queries.edition_starts(session, "ICB2101") == set()


async def test_regions_are_known_by_their_short_names(session: AsyncSession) -> None:
    found = await queries.regions_by_name(session, DAY)
    assert len(found) == 7
    assert "South East" in found


async def test_without_anything_due_there_is_nothing_to_tell(session: AsyncSession) -> None:
    assert await queries.due_mergers(session, DAY) == []
    assert await queries.members_on(session, [new_id()], DAY) == set()
    assert await queries.joined_by(session, [new_id()], DAY) == []
