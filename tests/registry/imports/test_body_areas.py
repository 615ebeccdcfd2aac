"""Where bodies lie, by the small areas that they are made of."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.areas import AreaShare, KnownPosition
from services.registry.imports.body_areas import address_of, place_addresses
from services.registry.imports.domain import load_folder, renew_caches
from services.registry.imports.files import BadFile, Origin
from services.registry.imports.files import Row as FileRow
from services.registry.imports.sources import AREAS
from services.registry.ledger.publishing import Revision
from services.registry.models import Body
from services.registry.settings import Settings
from tests.fixtures.databases import SessionFor
from tests.registry.extract import Row, change, some_of

MOVED = "A86003"


def silent(*_: object) -> None:
    """Report to nobody."""


async def test_shares_of_each_area_of_a_body_sum_to_one(imported: Settings, session_for: SessionFor) -> None:
    session = await session_for("registry")
    of_bodies = AreaShare.area.contains("-")
    sums = select(func.sum(AreaShare.share)).where(of_bodies).group_by(AreaShare.area, AreaShare.edition)
    found = (await session.scalars(sums)).all()
    assert len(found) > 50
    assert all(abs(each - 1) < 0.001 for each in found)


async def lies_in(session: AsyncSession, key: str, edition: str) -> dict[str, float]:
    """Return in which bodies of an edition a body lies."""
    rows = await session.execute(
        text(
            "SELECT there.key, s.share FROM body here JOIN area_share s ON s.area = here.area"
            " JOIN body there ON there.id = s.body_id WHERE here.key = :key AND s.edition = :edition"
        ),
        {"key": key, "edition": edition},
    )
    return {row.key: row.share for row in rows}


async def test_bodies_lie_where_their_small_areas_do(imported: Settings, session_for: SessionFor) -> None:
    session = await session_for("registry")
    tyne = "icb/QHM/2022-07-01"
    for key in ("council/E08000021", "ccg/13T/2013-04-01", "sub_icb/13T/2022-07-01", "practice/A86003"):
        assert await lies_in(session, key, "ICB2026") == {tyne: 1.0}
    assert await lies_in(session, tyne, "ICB2026") == {tyne: 1.0}
    assert len(await lies_in(session, tyne, "STP2016")) > 1
    county = await lies_in(session, "council/E10000030", "ICB2026")
    district = await lies_in(session, "council/E07000215", "ICB2026")
    assert set(district) <= set(county)


async def test_a_group_lies_where_its_small_areas_do_and_its_heirs_too(
    imported: Settings, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    assert await lies_in(session, "ccg/84H/2013-04-01", "ICB2026") == {"icb/QHM/2022-07-01": 1.0}
    assert await lies_in(session, "ccg/84H/2013-04-01", "CCG2020") == {"ccg/84H/2013-04-01": 1.0}
    assert await lies_in(session, "ccg/00J/2013-04-01", "CCG2016") == {"ccg/00J/2013-04-01": 1.0}
    assert await lies_in(session, "ccg/00J/2013-04-01", "CCG2020") == {"ccg/84H/2013-04-01": 1.0}
    # One that closed in 2015.
    assert await lies_in(session, "ccg/00F/2013-04-01", "CCG2016") == {"ccg/13T/2013-04-01": 1.0}


async def test_an_edition_of_groups_that_changed_nothing_has_no_row(
    imported: Settings, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    for key in ("council/E06000047", "practice/A86003"):
        assert await lies_in(session, key, "CCG2016")
        assert await lies_in(session, key, "CCG2019") == {}
    durham = await lies_in(session, "council/E06000047", "CCG2020")
    assert durham == {"ccg/84H/2013-04-01": 1.0}


async def test_what_no_edition_shows_lies_where_its_heir_does(
    imported: Settings, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    merged = await lies_in(session, "stp/QHM/2018-06-08", "STP2016")
    assert merged == await lies_in(session, "icb/QHM/2022-07-01", "STP2016")


async def test_practices_and_trusts_with_a_position_are_known_by_it(
    imported: Settings, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    known = (await session.scalars(select(KnownPosition))).all()
    assert known
    assert all(49 < each.latitude < 56 and -7 < each.longitude < 2 for each in known)


async def test_what_moved_is_moved_and_caches_hear_of_it(
    imported: Settings, extract: Path, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    await session.execute(text("UPDATE body SET area = 'E01000001' WHERE key = 'practice/A86003'"))
    await session.execute(text("UPDATE known_position SET latitude = latitude + 1"))
    before = await session.scalar(select(Revision.number))
    summary = await load_folder(session, extract, silent)
    positions = await session.scalar(select(func.count()).select_from(KnownPosition))
    assert summary.counts["places of bodies"]["changed"] == 1 + (positions or 0)
    assert await lies_in(session, "practice/A86003", "LAD2024") == {"council/E08000021": 1.0}
    assert await session.scalar(select(Revision.number)) == (before or 0) + 1
    again = await load_folder(session, extract, silent)
    assert again.is_without_effect
    assert await session.scalar(select(Revision.number)) == (before or 0) + 1


async def test_a_body_that_was_registered_by_hand_is_left_where_it_is(
    imported: Settings, extract: Path, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    wanted = select(Body.area).where(Body.key == "practice/A86003")
    await session.execute(text("UPDATE body SET area = 'E01000001', file = '' WHERE key = 'practice/A86003'"))
    await session.execute(text("UPDATE body SET key = 'by hand' WHERE key = 'practice/A86003'"))
    await load_folder(session, extract, silent)
    assert await session.scalar(select(Body.area).where(Body.key == "by hand")) == "E01000001"
    assert await session.scalar(wanted) not in (None, "E01000001")


async def test_nothing_is_told_when_nothing_changed(imported: Settings, session_for: SessionFor) -> None:
    session = await session_for("registry")
    before = await session.scalar(select(Revision.number))
    await renew_caches(session, [])
    assert await session.scalar(select(Revision.number)) == before


ADDRESS = {
    "postcode": "NE7 7DN",
    "org_type": "nhs_trust",
    "ods_code": "RTD",
    "lsoa21_code": "E01",
    "lat": "",
    "lon": "",
    "as_of": "",
}
AT = Origin("organisations.csv", 2)


def test_an_address_without_a_position_has_none() -> None:
    assert address_of(FileRow(ADDRESS, AT)) == ("trust/RTD", "E01", None, None, "", "NE7 7DN")
    known = FileRow(ADDRESS | {"lat": "54.1", "lon": "-1.5"}, AT)
    assert address_of(known) == ("trust/RTD", "E01", 54.1, -1.5, "", "NE7 7DN")


def test_a_position_that_is_no_number_is_refused_by_line_and_column() -> None:
    with pytest.raises(BadFile, match=r"^organisations\.csv, line 2, column lon: 'west' is not a number"):
        address_of(FileRow(ADDRESS | {"lat": "54.1", "lon": "west"}, AT))


@pytest.fixture
def folder(extract: Path, tmp_path: Path) -> Path:
    """Return a folder in which one practice moved, and one went to an area that is not known."""
    folder = some_of(extract, tmp_path / "moved", "organisations.csv")
    areas = {MOVED: "E01035617", "A86004": "E09999999"}

    def edit(row: Row) -> Row:
        return row | {"lsoa21_code": areas.get(row["ods_code"], row["lsoa21_code"])}

    change(folder, "organisations.csv", edit)
    return folder


async def test_who_moved_is_elsewhere_and_all_others_stay(
    imported: Settings, folder: Path, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    areas = select(Body.key, Body.area).where(Body.area.is_not(None))
    before = dict((await session.execute(areas)).all())
    await place_addresses(session, folder)
    after = dict((await session.execute(areas)).all())
    assert {key for key in before if before[key] != after[key]} == {f"practice/{MOVED}"}
    assert after[f"practice/{MOVED}"] == "E01035617"
    here = select(KnownPosition.latitude).where(KnownPosition.area == "E01035617")
    assert 54.9761 in (await session.scalars(here)).all()
    assert (await place_addresses(session, folder))["changed"] == 0


@pytest.mark.parametrize("beside", [(), sorted(AREAS)], ids=["alone", "with the areas"])
async def test_an_older_file_moves_nobody_back(
    imported: Settings, extract: Path, tmp_path: Path, session_for: SessionFor, beside: Sequence[str]
) -> None:
    folder = some_of(extract, tmp_path / "older", "organisations.csv", *beside)
    moved = {"lsoa21_code": "E01035617", "lat": "54.9", "lon": "-1.6", "as_of": "2020-01-01"}
    change(folder, "organisations.csv", lambda row: row | moved if row["ods_code"] == MOVED else row)
    session = await session_for("registry")
    areas = select(Body.key, Body.area).where(Body.area.is_not(None)).order_by(Body.key)
    positions = select(KnownPosition.area, KnownPosition.latitude, KnownPosition.longitude)
    before = [set((await session.execute(each)).all()) for each in (areas, positions)]
    await load_folder(session, folder, lambda *_: None)
    assert [set((await session.execute(each)).all()) for each in (areas, positions)] == before
