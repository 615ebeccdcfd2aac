"""Which footprints have a Healthwatch."""

from datetime import date

from sqlalchemy import select

from services.registry.completeness.queries import with_healthwatch
from services.registry.models import BodyCode
from services.registry.settings import Settings
from tests.fixtures.databases import SessionFor


async def test_a_healthwatch_of_a_council_is_the_footprints_too(
    imported: Settings, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    codes = select(BodyCode.code, BodyCode.body_id).where(
        BodyCode.code.in_(["QT1", "QSL"]), BodyCode.valid_from >= date(2022, 7, 1)
    )
    ids = dict((await session.execute(codes)).all())
    found = await with_healthwatch(session, ids.values(), date(2026, 11, 23))
    assert found == {ids["QT1"]}
    assert await with_healthwatch(session, [], date(2026, 11, 23)) == set()
