"""Placing a postcode on a day."""

from datetime import date
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from services.registry.lookup.domain import FULL, PART, Placed, areas_of, gaps, look_up, place
from services.registry.lookup.errors import NoFootprintThen, PostcodeIncomplete, PostcodeUnknown
from services.registry.settings import Settings
from shared.errors import Invalid
from tests.fixtures.databases import SessionFor

A, B = UUID(int=1), UUID(int=2)
DAY = date(2026, 11, 23)


def share(vintage: str, body: UUID, valid_from: date | None, valid_to: date | None = None) -> Any:
    """Return one row of the shares of a place."""
    return SimpleNamespace(
        vintage=vintage, body_id=body, valid_from=valid_from, valid_to=valid_to, share=1.0, kind="icb",
        area="E01000001", area_name=None, deprivation_decile=None,
    )  # fmt: skip


@pytest.mark.parametrize("postcode", ["NE1 4LP", "NE14LP", "W1A 1AA", "EC1A 1BB", "B1 1AA", "SW1A1AA"])
def test_full_postcodes_are_told_by_their_form(postcode: str) -> None:
    assert FULL.fullmatch(postcode)


@pytest.mark.parametrize("part", ["NE1", "NE1 4", "EC1A", "EC1A 1", "B1"])
def test_parts_are_told_by_their_form(part: str) -> None:
    assert PART.fullmatch(part)
    assert not FULL.fullmatch(part)


async def test_the_latest_edition_by_the_day_decides(session_for: SessionFor) -> None:
    session = await session_for("registry")
    shares = [
        share("ICB2026", B, date(2026, 4, 1)),
        share("ICB2023", A, date(2023, 4, 1), date(2026, 3, 31)),
        share("LAD2024", A, None),
    ]
    assert await place(session, shares, DAY, "/postcode") == Placed(B, "ICB2026")
    assert await place(session, shares, date(2026, 3, 31), "/postcode") == Placed(A, "ICB2023")
    with pytest.raises(NoFootprintThen):
        await place(session, shares, date(2023, 3, 31), "/postcode")


async def test_two_footprints_do_not_decide(session_for: SessionFor) -> None:
    shares = [share("ICB2026", A, date(2026, 4, 1)), share("ICB2026", B, date(2026, 4, 1))]
    with pytest.raises(PostcodeIncomplete) as refused:
        await place(await session_for("registry"), shares, DAY, "/postcode")
    assert refused.value.errors[0].pointer == "/postcode"


def test_a_part_of_a_postcode_has_no_small_area() -> None:
    assert areas_of([share("ICB2026", A, DAY)], {}) == []


def test_gaps_name_healthwatch_and_doubt() -> None:
    assert [gap.what for gap in gaps(Placed(A, "STP2016", certain=False), [], [])] == [
        "healthwatch",
        "footprint",
    ]
    here = SimpleNamespace(kind="healthwatch")
    assert gaps(Placed(A, "ICB2026"), [here], []) == []


async def test_problems_do_not_repeat_the_postcode(imported: Settings, session_for: SessionFor) -> None:
    session = await session_for("registry")
    for postcode, problem in (("ZZ99 9ZZ", PostcodeUnknown), ("nowhere at all", Invalid)):
        with pytest.raises(problem) as refused:
            await look_up(session, postcode, DAY, "/postcode")
        assert postcode not in str(refused.value)
        assert all(postcode not in error.detail for error in refused.value.errors)
