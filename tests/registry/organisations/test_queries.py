"""Which organisations there were on a day."""

from datetime import date

from services.registry.ledger.views import View
from services.registry.organisations.queries import organisations_on
from services.registry.settings import Settings
from tests.fixtures.databases import SessionFor

DAY = date(2026, 11, 23)


async def test_a_code_is_one_of_the_day(imported: Settings, session_for: SessionFor) -> None:
    session = await session_for("registry")
    for day, count in ((DAY, 1), (date(2016, 4, 1), 1), (date(2010, 1, 1), 0)):
        wanted = organisations_on(View(day), ods="00L", kind=None, footprint=None, words=None)
        assert len((await session.scalars(wanted)).all()) == count
