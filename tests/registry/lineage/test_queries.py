"""Links and editions around a footprint."""

from datetime import date

from sqlalchemy import select

from services.registry.ledger.views import View
from services.registry.lineage.queries import editions_around, links_around
from services.registry.models import Body
from services.registry.settings import Settings
from tests.fixtures.databases import SessionFor


async def test_links_lead_both_ways_and_come_by_day(imported: Settings, session_for: SessionFor) -> None:
    session = await session_for("registry")
    ids = {
        row.key: row.id for row in await session.execute(select(Body.key, Body.id).where(Body.is_footprint))
    }
    found = await links_around(session, [ids["stp/QHM/2018-06-08"]], View(date(2026, 4, 1)))
    pairs = {(link.before, link.after) for link in found}
    assert (ids["stp/QVP/2016-03-15"], ids["stp/QHM/2018-06-08"]) in pairs
    assert (ids["stp/QHM/2018-06-08"], ids["icb/QHM/2022-07-01"]) in pairs
    assert [link.on for link in found] == sorted(link.on for link in found)


async def test_editions_carry_the_codes_that_they_began_with(
    imported: Settings, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    board = (await session.scalars(select(Body.id).where(Body.key == "icb/QRL/2022-07-01"))).one()
    found, links = await editions_around(session, board, View(date(2026, 4, 1)))
    assert [(row.edition, row.ons) for row in found if row.id == board] == [
        ("ICB2026", "E54000067"),
        ("ICB2023", "E54000042"),
        ("ICB2022", "E54000042"),
    ]
    assert links == await links_around(session, [board], View(date(2026, 4, 1)))
    assert {each.id for each in found} >= {each.before for each in links}
