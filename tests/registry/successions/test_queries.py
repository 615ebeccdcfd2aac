"""Who was succeeded on a day, and what belonged to them."""

from datetime import date

from sqlalchemy import select

from services.registry.models import Body
from services.registry.settings import Settings
from services.registry.successions.queries import find_applied, links_on, members_until
from tests.fixtures.databases import SessionFor


async def test_the_links_of_a_day_are_those_of_boards(imported: Settings, session_for: SessionFor) -> None:
    session = await session_for("registry")
    links = await links_on(session, date(2026, 4, 1))
    splits = [each for each in links.values() if len(each) > 1]
    assert (len(links), len(splits)) == (12, 3)
    assert all(each[0].share == max(link.share or 0 for link in each) for each in links.values())
    assert await links_on(session, date(2026, 4, 2)) == {}
    assert await find_applied(session, [each[0].from_id for each in splits]) == {}


async def test_members_are_those_until_the_last_day(imported: Settings, session_for: SessionFor) -> None:
    session = await session_for("registry")
    frimley = (await session.scalars(select(Body.id).where(Body.key == "icb/QNQ/2022-07-01"))).one()
    assert await members_until(session, [frimley], date(2026, 3, 31))
    assert await members_until(session, [frimley], date(2026, 4, 1)) == []
