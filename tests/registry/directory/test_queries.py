"""Whom a directory lists."""

from datetime import date

from sqlalchemy import select

from services.registry.directory.queries import Wanted, some
from services.registry.models import Body
from services.registry.settings import Settings
from tests.fixtures.databases import SessionFor

DAY = date(2026, 4, 1)


async def test_it_goes_on_after_a_body_and_stays_within_a_footprint(
    imported: Settings, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    board = (await session.scalars(select(Body.id).where(Body.key == "icb/QHM/2022-07-01"))).one()
    every = await some(session, Wanted(DAY), None, 100)
    assert (len(every), board in every) == (36, True)
    assert await some(session, Wanted(DAY), every[9], 5) == every[10:15]
    assert await some(session, Wanted(DAY), every[-1], 5) == []
    assert await some(session, Wanted(DAY, footprint=board), None, 5) == [board]
    assert await some(session, Wanted(DAY, ("icb",), board), None, 5) == [board]
    inside = await some(session, Wanted(DAY, ("nhs_trust",), board), None, 100)
    assert 0 < len(inside) < 30
    assert board not in inside


async def test_who_had_closed_is_listed_only_by_name(imported: Settings, session_for: SessionFor) -> None:
    session = await session_for("registry")
    closed = (await session.scalars(select(Body.id).where(Body.key == "stp/QVP/2016-03-15"))).one()
    assert closed not in await some(session, Wanted(DAY), None, 100)
    assert await some(session, Wanted(DAY, footprint=closed), None, 5) == [closed]
