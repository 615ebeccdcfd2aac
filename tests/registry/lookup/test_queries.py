"""From a postcode to the bodies that it lies in."""

from datetime import date

from sqlalchemy import select

from services.registry.lookup.queries import bodies_around, shares_of_part, shares_of_postcode
from services.registry.models import Body
from services.registry.settings import Settings
from tests.fixtures.databases import SessionFor


async def test_a_postcode_lies_in_one_body_of_each_edition(
    imported: Settings, session_for: SessionFor
) -> None:
    found = await shares_of_postcode(await session_for("registry"), "NE14LP")
    assert {row.vintage for row in found} == {
        "STP2016", "CCG2016", "ICB2023", "ICB2026", "SICBL2023", "LAD2024",
    }  # fmt: skip
    assert len(found) == 6
    assert {row.share for row in found} == {1.0}
    assert {row.area_name for row in found} == {"Newcastle upon Tyne 036A"}


async def test_a_part_of_a_postcode_may_lie_in_several(imported: Settings, session_for: SessionFor) -> None:
    session = await session_for("registry")
    found = [row.share for row in await shares_of_part(session, "GU15") if row.vintage == "ICB2026"]
    assert len(found) > 1
    assert abs(sum(found) - 1) < 0.01
    assert await shares_of_part(session, "ZZ99") == []


async def test_around_a_place_are_trusts_council_county_and_region(
    imported: Settings, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    ids = {row.key: row.id for row in await session.execute(select(Body.key, Body.id))}
    board, district = ids["icb/S9B9J/2026-04-01"], ids["council/E07000215"]
    found = await bodies_around(session, board, [district], date(2026, 11, 23))
    kinds = select(Body.kind).where(Body.id.in_(found)).distinct()
    assert set((await session.scalars(kinds)).all()) == {"nhs_trust", "nhs_region", "local_authority"}
    assert {ids["council/E10000030"], district} <= set(found)
