"""Reading what a merger is about."""

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.mergers import queries
from services.registry.models import Body
from services.registry.settings import Settings
from shared.ids import new_id
from tests.fixtures.databases import SessionFor

DAY = date(2026, 11, 23)


@pytest.fixture
async def session(imported: Settings, session_for: SessionFor) -> AsyncSession:
    return await session_for("registry")


async def test_regions_are_known_by_their_short_names(session: AsyncSession) -> None:
    found = await queries.regions_by_name(session, DAY)
    assert len(found) == 7
    assert "South East" in found


async def test_without_anything_due_there_is_nothing_to_tell(session: AsyncSession) -> None:
    assert await queries.due_mergers(session, DAY) == []
    assert (await session.execute(queries.members_until([new_id()], DAY))).all() == []
    assert await queries.find_unassigned(session, [new_id()], DAY) == []


async def test_the_links_of_a_day_are_those_of_boards(session: AsyncSession) -> None:
    links = await queries.links_on(session, date(2026, 4, 1))
    splits = [each for each in links.values() if len(each) > 1]
    assert (len(links), len(splits)) == (12, 3)
    assert all(each[0].share == max(link.share or 0 for link in each) for each in links.values())
    assert await queries.links_on(session, date(2026, 4, 2)) == {}
    assert await queries.find_applied(session, [each[0].from_id for each in splits]) == {}


async def test_members_are_those_until_the_last_day(session: AsyncSession) -> None:
    frimley = (await session.scalars(select(Body.id).where(Body.key == "icb/QNQ/2022-07-01"))).one()
    assert (await session.execute(queries.members_until([frimley], date(2026, 4, 1)))).all()
    assert (await session.execute(queries.members_until([frimley], date(2026, 4, 2)))).all() == []
