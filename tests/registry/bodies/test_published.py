"""What is published of bodies."""

from datetime import date

from services.registry.bodies.published import published_bodies
from services.registry.ledger.views import View
from services.registry.settings import Settings
from tests.fixtures.databases import SessionFor
from tests.registry.bodies.test_queries import id_of


async def test_successors_come_the_largest_share_first(imported: Settings, session_for: SessionFor) -> None:
    session = await session_for("registry")
    board = await id_of(session, "icb/QNQ/2022-07-01")
    (found,) = await published_bodies(session, [board], View(date(2026, 11, 23)), raised=False)
    assert [each["share"] for each in found.successors] == [0.5712, 0.228, 0.2008]
