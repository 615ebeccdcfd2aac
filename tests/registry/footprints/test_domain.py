"""A footprint as it is told, and whom to try where its doors are not known."""

from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies.domain import find_body
from services.registry.bodies.schemas import href
from services.registry.footprints.domain import footprint_view
from services.registry.footprints.schemas import FootprintDetail
from services.registry.ledger.views import View
from services.registry.settings import Settings
from tests.fixtures.databases import SessionFor

TODAY = date(2026, 11, 23)


async def footprint(session: AsyncSession, ref: str, day: date) -> FootprintDetail:
    """Return a footprint as it was on a day."""
    return await footprint_view(session, await find_body(session, ref, View(day), "footprint"), View(day))


async def test_an_open_footprint_sends_to_its_region(imported: Settings, session_for: SessionFor) -> None:
    found = await footprint(await session_for("registry"), "ods:QHM", TODAY)
    assert found.successors == []
    assert {each.name for gap in found.not_known for each in gap.try_instead} == {
        "NHS England North East and Yorkshire"
    }


async def test_a_closed_one_sends_to_those_that_followed_and_are_open(
    imported: Settings, session_for: SessionFor
) -> None:
    found = await footprint(await session_for("registry"), "ods:QNQ", TODAY)
    assert [each.share for each in found.successors] == [0.5712, 0.228, 0.2008]
    leader = next(gap for gap in found.not_known if gap.what == "leader")
    assert [each.why for each in leader.try_instead] == [
        "the board that followed it",
        "the board that followed it",
        "the board that followed it",
        "the region of NHS England",
    ]


async def test_a_leader_who_is_current_is_no_gap(imported: Settings, session_for: SessionFor) -> None:
    found = await footprint(await session_for("registry"), "ods:QYG", date(2019, 6, 1))
    assert found.leaders
    assert found.leaders[0].known_on == date(2019, 4, 3)
    assert "leader" not in {gap.what for gap in found.not_known}


def test_a_body_is_read_where_its_kind_is() -> None:
    assert href(UUID(int=1), "icb") == f"/v1/footprints/{UUID(int=1)}"
    assert href(UUID(int=1), "nhs_region") == f"/v1/organisations/{UUID(int=1)}"
