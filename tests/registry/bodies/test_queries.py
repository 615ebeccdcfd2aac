"""Bodies as they were on a day."""

from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies.queries import (
    bodies_on,
    body_with_code,
    first_day_of,
    footprints_of,
    open_bodies,
)
from services.registry.ledger.views import View, is_open_on
from services.registry.models import Body
from services.registry.settings import Settings
from tests.fixtures.databases import SessionFor

TODAY = date(2026, 11, 23)


async def id_of(session: AsyncSession, key: str) -> UUID:
    """Return the id of a body by its natural key."""
    return (await session.scalars(select(Body.id).where(Body.key == key))).one()


@pytest.mark.parametrize(
    ("day", "name", "ons", "scheme"),
    [
        (date(2016, 4, 1), "Northumberland, Tyne and Wear", "E54000001", "STP2016"),
        (date(2017, 4, 1), "Northumberland, Tyne and Wear and North Durham", "E54000046", "STP2017"),
        (date(2026, 1, 1), "Northumberland, Tyne and Wear and North Durham", "E54000046", "STP2017"),
    ],
)
async def test_a_body_is_as_it_was_on_the_day_or_on_its_last(
    imported: Settings, session_for: SessionFor, day: date, name: str, ons: str, scheme: str
) -> None:
    session = await session_for("registry")
    body = await id_of(session, "stp/QVP/2016-03-15")
    row = (await bodies_on(session, [body], View(day)))[body]
    assert (row.name, row.ons, row.edition, row.ods) == (name, ons, scheme, "QVP")


async def test_each_body_is_one_row_on_any_day(imported: Settings, session_for: SessionFor) -> None:
    session = await session_for("registry")
    ids = (await session.scalars(select(Body.id))).all()
    for day in (date(2016, 4, 1), date(2025, 4, 1), date(2026, 4, 1)):
        assert len(await bodies_on(session, ids, View(day))) == len(ids)


async def test_a_body_is_open_on_its_first_and_last_day(imported: Settings, session_for: SessionFor) -> None:
    session = await session_for("registry")
    for day, is_open in (
        (date(2016, 3, 14), False),
        (date(2016, 3, 15), True),
        (date(2018, 6, 7), True),
        (date(2018, 6, 8), False),
    ):
        wanted = select(Body.id).where(Body.key == "stp/QVP/2016-03-15", is_open_on(day))
        assert (await session.scalar(wanted) is not None) is is_open


async def test_a_code_nobody_had_finds_nobody(imported: Settings, session_for: SessionFor) -> None:
    session = await session_for("registry")
    assert await body_with_code(session, "ods", "ZZZ", View(date(2026, 1, 1)), "footprint") is None


async def test_a_council_is_in_the_footprint_with_most_of_it(
    imported: Settings, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    council = await id_of(session, "council/E06000063")
    board = await id_of(session, "icb/QHM/2022-07-01")
    assert await footprints_of(session, [council], View(date(2026, 4, 1))) == {council: board}


async def test_an_edition_starts_on_its_first_day(imported: Settings, session_for: SessionFor) -> None:
    session = await session_for("registry")
    assert await first_day_of(session, "icb2022") == date(2022, 7, 1)
    assert await first_day_of(session, "ICB1999") is None


async def test_a_code_is_one_of_the_day(imported: Settings, session_for: SessionFor) -> None:
    session = await session_for("registry")
    for day, count in ((TODAY, 1), (date(2016, 4, 1), 1), (date(2010, 1, 1), 0)):
        wanted = open_bodies(View(day), "organisation", ods="00L")
        assert len((await session.scalars(wanted)).all()) == count
