"""Whom a directory lists."""

from datetime import date

from sqlalchemy import select

from services.registry.directory.queries import Selection, next_ids
from services.registry.models import Body
from services.registry.settings import Settings
from tests.fixtures.databases import SessionFor

DAY = date(2026, 4, 1)


async def test_it_goes_on_after_a_body_and_stays_within_a_footprint(
    imported: Settings, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    board = (await session.scalars(select(Body.id).where(Body.key == "icb/QHM/2022-07-01"))).one()
    every = await next_ids(session, Selection(DAY), None, 100)
    assert (len(every), board in every) == (36, True)
    assert await next_ids(session, Selection(DAY), every[9], 5) == every[10:15]
    assert await next_ids(session, Selection(DAY), every[-1], 5) == []
    assert await next_ids(session, Selection(DAY, footprint=board), None, 5) == [board]
    assert await next_ids(session, Selection(DAY, ("icb",), board), None, 5) == [board]
    inside = await next_ids(session, Selection(DAY, ("nhs_trust",), board), None, 100)
    assert 0 < len(inside) < 30
    assert board not in inside


async def test_who_had_closed_is_listed_only_by_name(imported: Settings, session_for: SessionFor) -> None:
    session = await session_for("registry")
    closed = (await session.scalars(select(Body.id).where(Body.key == "stp/QVP/2016-03-15"))).one()
    assert closed not in await next_ids(session, Selection(DAY), None, 100)
    assert await next_ids(session, Selection(DAY, footprint=closed), None, 5) == [closed]
