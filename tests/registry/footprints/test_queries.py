"""Which footprints there were, who belonged to them, and names by words."""

from datetime import date

import pytest
from sqlalchemy import select

from services.registry.bodies.queries import is_named_like, members_on, open_bodies
from services.registry.footprints.queries import around
from services.registry.ledger.views import View
from services.registry.models import Body
from services.registry.settings import Settings
from tests.fixtures.databases import SessionFor

DAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("words", "finds"),
    [
        ("north east ambulance", True),
        ("AMBUL north", True),
        ("north-east (ambulance)", True),
        ("mbulance", False),
        ("ambulance & !north", True),
        ("ambulance'); DROP TABLE body; --", False),
        ("_", False),
        ("²", False),
    ],
)
async def test_words_are_words_and_nothing_else(
    imported: Settings, session_for: SessionFor, words: str, finds: bool
) -> None:
    session = await session_for("registry")
    found = (await session.scalars(select(Body.key).where(is_named_like(words, View(DAY))))).all()
    assert ("trust/RX6" in found) is finds


async def test_an_edition_and_a_day_go_together(imported: Settings, session_for: SessionFor) -> None:
    session = await session_for("registry")
    assert (await session.scalars(open_bodies(View(DAY), "footprint", edition="STP2016"))).all() == []
    assert len((await session.scalars(open_bodies(View(DAY), "footprint", edition="ICB2026"))).all()) == 36


async def test_members_are_those_that_belong_and_those_that_it_encloses(
    imported: Settings, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    board = (await session.scalars(select(Body.id).where(Body.key == "icb/QHM/2022-07-01"))).one()
    kinds = select(Body.kind).where(Body.id.in_(members_on(board, View(DAY)))).distinct()
    found = set((await session.scalars(kinds)).all())
    assert {"nhs_trust", "gp_practice", "local_authority", "sub_icb_location"} <= found
    assert (await session.scalars(members_on(board, View(date(2020, 1, 1))))).all() == []


async def test_around_a_board_is_its_region(imported: Settings, session_for: SessionFor) -> None:
    session = await session_for("registry")
    board = (await session.scalars(select(Body.id).where(Body.key == "icb/QHM/2022-07-01"))).one()
    assert [row.kind for row in await around(session, [board], View(DAY))] == ["icb", "nhs_region"]
