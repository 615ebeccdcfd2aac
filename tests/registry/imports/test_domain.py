"""The import: everything at once, twice without effect, and what a changed file changes."""

import shutil
from collections import Counter
from datetime import date
from pathlib import Path

import orjson
import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.areas import AreaShare, Postcode, SmallArea
from services.registry.bodies.queries import open_bodies
from services.registry.imports.domain import load_folder
from services.registry.imports.files import BadFile, Origin, Row, read_rows
from services.registry.imports.summary import Line, Summary
from services.registry.ledger.views import View, is_open_on
from services.registry.lookup.answers import AnswerCache
from services.registry.lookup.domain import look_up
from services.registry.lookup.reading import place_query
from services.registry.lookup.schemas import Place
from services.registry.models import Body
from services.registry.settings import Settings
from shared.outbox import Outbox
from tests.fixtures.databases import SessionFor
from tests.registry.extract import DATA, change


async def run(session: AsyncSession, folder: Path) -> Summary:
    """Import a folder."""
    return await load_folder(session, folder, lambda *_: None)


def lines(folder: Path, name: str) -> list[tuple[Origin, Row]]:
    """Return the rows of a file with the place of each."""
    return [(row.at, row) for row in read_rows(folder, name)]


async def told(session: AsyncSession) -> int:
    """Return how many events were saved."""
    return await session.scalar(select(func.count()).select_from(Outbox)) or 0


async def test_a_second_import_changes_nothing_and_tells_nothing(
    imported: Settings, extract: Path, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    before = await told(session)
    summary = await run(session, extract)
    assert summary.changed == []
    assert summary.is_without_effect
    assert await told(session) == before
    assert all(count["unchanged"] for count in summary.counts.values())
    # The sectors of the extract lie in locations and footprints that are all known.
    assert summary.counts["area shares"]["rejected"] == 0


async def test_what_changed_in_the_files_changes_the_body_and_is_told_once(
    imported: Settings, extract: Path, tmp_path: Path, session_for: SessionFor
) -> None:
    folder = tmp_path / "data"
    shutil.copytree(extract, folder)
    change(
        folder, "organisations.csv", lambda row: row | {"name": row["name"].replace("Ambulance", "Rescue")}
    )
    session = await session_for("registry")
    before = await told(session)
    summary = await run(session, folder)
    count = summary.counts["bodies"]
    assert 0 < count["changed"] < 20
    assert count["new"] == 0
    assert await told(session) == before + count["changed"]
    trust = (await session.scalars(select(Body).where(Body.key == "trust/RX6"))).one()
    latest = select(Outbox).where(Outbox.aggregate_id == trust.id).order_by(Outbox.sequence.desc())
    event = (await session.scalars(latest.limit(1))).one()
    assert (event.type, event.sequence) == ("registry.organisation_changed.v1", trust.version)
    assert "North East Rescue Service" in event.body


async def test_what_cannot_be_used_is_rejected_and_counted(
    imported: Settings, extract: Path, tmp_path: Path, session_for: SessionFor
) -> None:
    folder = tmp_path / "data"
    shutil.copytree(extract, folder)
    change(
        folder, "outcode_lookup.csv", lambda row: row | {"footprint_code": row["footprint_code"][:2] + "X"}
    )
    change(
        folder,
        "organisations.csv",
        lambda row: row | ({"icb_2026_ods": "ZZZ"} if row["ods_code"] == "RX6" else {}),
    )
    session = await session_for("registry")
    summary = await run(session, folder)
    assert summary.counts["area shares"]["rejected"] > 0
    (line,) = [at.line for at, code in lines(folder, "organisations.csv") if code["ods_code"] == "RX6"]
    reason = "RX6: board ZZZ is not in the files or the registry"
    told = Line("rejected", "organisations.csv", line, reason=reason)
    assert told in summary.rejected
    shares = [each for each in summary.rejected if each.file == "outcode_lookup.csv"]
    assert (shares[0].line or 0) > 1
    assert (shares[0].reason or "").startswith("body ")


@pytest.mark.parametrize(
    ("name", "column", "value", "reason"),
    [
        ("organisations.csv", "open_date", "soon", "'soon' is not a day"),
        ("organisations.csv", "icb_2026_ods", None, "the file lacks this column"),
        ("la_icb.csv", "share_of_ltla", "most of it", "'most of it' is not a share"),
        ("lsoa_lookup.csv.gz", "imd2025_decile", "low", "'low' is not a whole number"),
    ],
)
async def test_a_bad_file_is_refused_by_line_and_column(
    imported: Settings,
    extract: Path,
    tmp_path: Path,
    session_for: SessionFor,
    name: str,
    column: str,
    value: str | None,
    reason: str,
) -> None:
    session = await session_for("registry")
    folder = tmp_path / "data"
    shutil.copytree(extract, folder)

    def edit(row: dict[str, str]) -> dict[str, str]:
        return {key: each for key, each in row.items() if key != column} | ({column: value} if value else {})

    change(folder, name, edit)
    with pytest.raises(BadFile, match=rf"^{name}, line [12], column {column}: {reason}"):
        await run(session, folder)


async def test_a_page_without_a_day_is_all_that_cannot_be_used(
    imported: Settings, extract: Path, session_for: SessionFor
) -> None:
    summary = await run(await session_for("registry"), extract)
    files = Counter(each.file for each in summary.rejected)
    assert files == {"icb_leaders_2026.csv": 1}
    assert summary.counts["bodies"]["rejected"] == 1


@pytest.mark.parametrize(
    ("day", "count"), [("2016-04-01", 44), ("2022-07-01", 42), ("2023-04-01", 42), ("2026-04-01", 36)]
)
async def test_the_counts_of_each_day_come_from_the_dates(
    imported: Settings, session_for: SessionFor, day: str, count: int
) -> None:
    session = await session_for("registry")
    wanted = open_bodies(View(date.fromisoformat(day)), "footprint")
    assert len((await session.scalars(wanted)).all()) == count


async def test_everything_that_ships_is_imported(session_for: SessionFor) -> None:
    session = await session_for("registry")
    summary = await run(session, DATA)
    counts = summary.counts
    assert {
        part: sum(counts[part].values()) - counts[part]["rejected"] for part in ("bodies", "postcodes")
    } == {
        "bodies": 9_408,
        "postcodes": 2_264_892,
    }
    for table, count in ((SmallArea, 33_755), (AreaShare, 286_273), (Postcode, 2_264_892)):
        assert await session.scalar(select(func.count()).select_from(table)) == count
    for day in (date(2016, 4, 1), date(2019, 4, 1), date(2021, 4, 1), date(2026, 4, 1)):
        councils = select(func.count(), func.count(AreaShare.area.distinct())).join(
            Body, Body.id == AreaShare.body_id
        )
        of_areas = councils.where(
            AreaShare.edition.like("LAD%"), AreaShare.area.like("E01%"), is_open_on(day)
        )
        assert (await session.execute(of_areas)).one() == (33_755, 33_755)
    practices = select(func.count()).where(Body.kind == "gp_practice", is_open_on(date(2026, 4, 1)))
    assert await session.scalar(practices) == 6_255
    view = View(date(2026, 11, 23))
    found = orjson.loads(await look_up(session, place_query(Place(postcode="NE1 4LP")), view, AnswerCache()))
    codes = found["footprint"]["codes"]["ods"], found["lineage"][-1]["codes"]["ons"]
    assert codes == ("QHM", "E54000001")
