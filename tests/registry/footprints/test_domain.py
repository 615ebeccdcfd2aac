"""A footprint as it is told, and whom to try where its doors are not known."""

from datetime import date

import pytest

from services.registry.footprints.domain import day_of, footprint, href
from services.registry.settings import Settings
from shared.clock import today
from shared.errors import Invalid
from tests.fixtures.databases import SessionFor

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("as_of", "scheme", "day"),
    [
        (None, "STP2016", date(2016, 3, 15)),
        (None, "icb2023", date(2023, 4, 1)),
        (date(2020, 1, 1), "STP2016", date(2020, 1, 1)),
        (date(2020, 1, 1), None, date(2020, 1, 1)),
    ],
)
async def test_the_day_is_the_one_asked_about_or_the_editions_first(
    imported: Settings, session_for: SessionFor, as_of: date | None, scheme: str | None, day: date
) -> None:
    assert await day_of(await session_for("registry"), as_of, scheme) == day


async def test_without_either_it_is_today(imported: Settings, session_for: SessionFor) -> None:
    session = await session_for("registry")
    assert await day_of(session, None, None) == await day_of(session, None, "ICB") == today()


async def test_an_unknown_edition_names_the_field(imported: Settings, session_for: SessionFor) -> None:
    with pytest.raises(Invalid) as refused:
        await day_of(await session_for("registry"), None, "STP1999")
    assert refused.value.errors[0].pointer == "/query/scheme"


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
    assert href("1", "icb") == "/v1/footprints/1"
    assert href("1", "nhs_region") == "/v1/organisations/1"
