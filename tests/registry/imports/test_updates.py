"""Newer files: what they say otherwise changes from their own day on, and nothing else does."""

import asyncio
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.imports.domain import AnotherImport, load_folder
from services.registry.imports.summary import Summary
from services.registry.models import Base, Body, BodyCode, BodyName, Change, Contact, Relation
from services.registry.settings import Settings
from shared.db import make_engine, make_sessions
from shared.ids import new_id
from shared.outbox import Outbox
from tests.fixtures.databases import SessionFor
from tests.registry.extract import Row, change, some_of

NEWER, EVE = date(2026, 9, 30), date(2026, 9, 29)
RENAMED, RANG, CLOSED, MOVED = "A86003", "A86004", "A86012", "A86017"
EDITS: dict[str, Row] = {
    RENAMED: {"name": "SAVILLE AND FRIENDS"},
    RANG: {"phone": "0191 0000000"},
    CLOSED: {"status": "inactive", "close_date": "2026-08-31"},
    MOVED: {"icb_2026_ods": "QOQ"},
}
NEW: Row = {
    "ods_code": "A99999",
    "ons_code": "",
    "name": "NEW SURGERY",
    "org_type": "gp_practice",
    "status": "active",
    "open_date": "2026-07-01",
    "close_date": "",
    "address": "1 NEW STREET",
    "postcode": "NE1 4LP",
    "phone": "0191 1111111",
    "nhs_region_code": "Y63",
    "icb_2023_ods": "QHM",
    "sub_icb_2023_ods": "13T",
    "icb_2026_ods": "QHM",
    "ltla24_code": "E08000021",
    "lsoa21_code": "E01035617",
    "lat": "54.97",
    "lon": "-1.61",
    "source": "NHS ODS epraccur.csv",
    "as_of": NEWER.isoformat(),
}


@pytest.fixture
async def session(imported: Settings, session_for: SessionFor) -> AsyncSession:
    """Return a session on a registry that knows the extract."""
    return await session_for("registry")


@pytest.fixture
def newer(extract: Path, tmp_path: Path) -> Path:
    """Return a folder with a newer file of organisations and nothing else."""
    folder = some_of(extract, tmp_path / "newer", "organisations.csv")

    def edit(row: Row) -> Row:
        edited = EDITS.get(row["ods_code"])
        return row | edited | {"as_of": NEWER.isoformat()} if edited else row

    change(folder, "organisations.csv", edit, more=[NEW])
    return folder


async def run(session: AsyncSession, folder: Path) -> Summary:
    """Import a folder."""
    return await load_folder(session, folder, lambda *_: None)


async def contents(session: AsyncSession) -> dict[str, Any]:
    """Return a hash over the rows of each table, with when and by which transaction each was written."""
    found = {}
    for table in Base.metadata.sorted_tables:
        hashed = text(
            f"SELECT md5(string_agg(xmin::text || t::text, '' ORDER BY t::text)) FROM {table.name} t"  # noqa: S608 -- our own tables
        )
        found[table.name] = await session.scalar(hashed)
    found["outbox"] = await session.scalar(select(func.count()).select_from(Outbox))
    return found


async def body_of(session: AsyncSession, key: str) -> Body:
    """Return a body as it stands."""
    wanted = select(Body).where(Body.key == key).execution_options(populate_existing=True)
    return (await session.scalars(wanted)).one()


async def said(session: AsyncSession, model: Any, key: str) -> list[Any]:
    """Return what is said of a body."""
    owner = model.from_id if model is Relation else model.body_id
    wanted = select(model).where(owner == (await body_of(session, key)).id, model.superseded_at.is_(None))
    return list((await session.scalars(wanted.order_by(model.id))).all())


async def boards_of(session: AsyncSession, key: str) -> list[tuple[str, date | None, date | None]]:
    """Return which boards a body is a member of."""
    wanted = (
        select(BodyCode.code, Relation.valid_from, Relation.valid_to)
        .join(Relation, Relation.to_id == BodyCode.body_id)
        .join(Body, Body.id == Relation.to_id)
        .where(Relation.from_id == (await body_of(session, key)).id, Relation.superseded_at.is_(None))
        .where(Relation.kind == "member_of", BodyCode.scheme == "ods", Body.kind == "icb")
        .order_by(Relation.valid_from)
    )
    return [(code, since, until) for code, since, until in await session.execute(wanted)]


async def test_the_same_files_again_touch_no_row(session: AsyncSession, extract: Path) -> None:
    before = await contents(session)
    summary = await run(session, extract)
    assert await contents(session) == before
    assert (summary.changed, summary.kept, summary.notes) == ([], [], [])


async def test_a_newer_file_tells_once_of_each_body_that_changed(session: AsyncSession, newer: Path) -> None:
    last = await session.scalar(select(func.max(Change.position))) or 0
    summary = await run(session, newer)
    counts = summary.counts["bodies"]
    assert (counts["new"], counts["changed"]) == (1, len(EDITS))
    changes = (await session.scalars(select(Change).where(Change.position > last))).all()
    told = {change.record_id: change.type for change in changes}
    assert len(changes) == len(told) == 1 + len(EDITS)
    expected = {(await body_of(session, f"practice/{code}")).id for code in EDITS}
    assert {each for each, kind in told.items() if kind == "registry.organisation_changed.v1"} == expected
    new = await body_of(session, "practice/A99999")
    assert (told[new.id], new.area) == ("registry.organisation_registered.v1", "E01035617")
    assert {(each.reason, each.source) for each in changes} == {("It was imported.", "organisations.csv")}
    before = await contents(session)
    again = await run(session, newer)
    assert again.is_without_effect
    assert await contents(session) == before


async def test_what_changed_changes_from_the_day_of_the_file(session: AsyncSession, newer: Path) -> None:
    await run(session, newer)
    names = [(each.name, each.valid_to) for each in await said(session, BodyName, f"practice/{RENAMED}")]
    assert sorted(names) == [("SAVILLE AND FRIENDS", None), ("SAVILLE MEDICAL GROUP", EVE)]
    phones = {
        each.value: each.ended_on
        for each in await said(session, Contact, f"practice/{RANG}")
        if each.channel == "phone"
    }
    assert phones == {"+441912260226": EVE, "+441910000000": None}
    assert (await body_of(session, f"practice/{CLOSED}")).closed_on == date(2026, 8, 31)
    assert await boards_of(session, f"practice/{CLOSED}") == [("QHM", date(2022, 7, 1), date(2026, 8, 31))]
    assert await boards_of(session, f"practice/{MOVED}") == [
        ("QHM", date(2022, 7, 1), EVE),
        ("QOQ", NEWER, None),
    ]


async def test_a_dry_run_of_all_this_says_the_same(session: AsyncSession, newer: Path) -> None:
    before = await contents(session)
    async with session.begin_nested() as undone:
        summary = await run(session, newer)
        await undone.rollback()
    assert await contents(session) == before
    assert summary.changed


async def test_the_files_that_ship_do_not_undo_a_newer_one(
    session: AsyncSession, newer: Path, extract: Path
) -> None:
    await run(session, newer)
    summary = await run(session, extract)
    assert (summary.counts["bodies"]["new"], summary.counts["bodies"]["changed"]) == (0, 0)
    assert f"{len(EDITS)} rows were left out: the registry has newer ones." in summary.notes


async def test_a_file_that_was_put_right_without_a_new_day_says_what_always_was(
    session: AsyncSession, extract: Path, tmp_path: Path
) -> None:
    folder = some_of(extract, tmp_path / "right", "organisations.csv")
    change(folder, "organisations.csv", lambda row: row | EDITS.get(row["ods_code"], {}))
    await run(session, folder)
    names = [each.name for each in await said(session, BodyName, f"practice/{RENAMED}")]
    assert names == ["SAVILLE AND FRIENDS"]
    assert await boards_of(session, f"practice/{MOVED}") == [
        ("QHM", date(2022, 7, 1), date(2026, 3, 31)),
        ("QOQ", date(2026, 4, 1), None),
    ]
    assert (await run(session, folder)).is_without_effect


@pytest.mark.parametrize(
    "name",
    [
        "nhs_regions_history.csv",
        "sub_icb_locations_2023.csv",
        "ccg_area_passes.csv",
        "ccg_2021_to_sub_icb.csv",
        "organisations.csv",
        "local_authorities_history.csv",
        "la_icb.csv",
        "footprint_leads.csv",
        "footprint_contacts_2019.csv",
        "footprint_partners_2019.csv",
        "healthwatch_areas.csv",
        "healthwatch.csv",
        "icb_clusters_2025.csv",
        "icb_clusters_2026.csv",
        "icb_leaders_2026.csv",
        "national_bodies.csv",
    ],
)
async def test_one_file_alone_changes_nothing_that_it_said_before(
    session: AsyncSession, extract: Path, tmp_path: Path, name: str
) -> None:
    before = await contents(session)
    summary = await run(session, some_of(extract, tmp_path / "one", name))
    assert summary.changed == []
    assert await contents(session) == before


@pytest.mark.parametrize("key", ["practice/A99999", "hand/{}"])
async def test_a_body_that_was_registered_by_hand_is_adopted(
    session: AsyncSession, newer: Path, key: str
) -> None:
    body_id = new_id()
    session.add(
        Body(
            id=body_id,
            key=key.format(body_id),
            kind="gp_practice",
            is_footprint=False,
            is_organisation=True,
            source="registered by a steward",
            version=3,
        )
    )
    await session.flush()
    session.add(BodyName(body_id=body_id, name="The new surgery"))
    session.add(BodyCode(body_id=body_id, scheme="ods", code="A99999"))
    await session.flush()
    summary = await run(session, newer)
    assert summary.counts["bodies"]["new"] == 0
    body = await body_of(session, "practice/A99999")
    assert (body.id, body.version, body.file) == (body_id, 4, "organisations.csv")
    assert body.opened_on == date(2026, 7, 1)
    assert [each.name for each in await said(session, BodyName, body.key)] == ["The new surgery"]
    assert [kept.after for kept in summary.kept if kept.fact == "name"] == ["NEW SURGERY from 2026-07-01"]
    assert await boards_of(session, body.key) == [("QHM", date(2026, 7, 1), None)]
    assert (await run(session, newer)).is_without_effect


async def test_an_import_that_is_stopped_leaves_nothing_and_can_be_started_again(
    imported: Settings, newer: Path
) -> None:
    engine = make_engine(imported)
    sessions = make_sessions(engine)
    before, stopping = {}, asyncio.Event()

    def stop(part: str, share: float) -> None:
        if part == "bodies" and share == 1:
            stopping.set()
            assert running is not None
            running.cancel()

    async def started() -> None:
        async with sessions.begin() as session:
            await load_folder(session, newer, stop)

    try:
        async with sessions.begin() as session:
            before = await contents(session)
        running = asyncio.create_task(started())
        with pytest.raises(asyncio.CancelledError):
            await running
        assert stopping.is_set()
        async with sessions.begin() as session:
            assert await contents(session) == before
            summary = await run(session, newer)
            assert summary.counts["bodies"]["changed"] == len(EDITS)
            await session.rollback()
    finally:
        await engine.dispose()


async def test_there_is_one_import_at_a_time(imported: Settings, newer: Path, extract: Path) -> None:
    engine = make_engine(imported)
    sessions = make_sessions(engine)
    said: list[str] = []
    try:
        async with sessions.begin() as first, sessions.begin() as second:
            await first.execute(text("SELECT pg_advisory_xact_lock(hashtext('registry import'))"))
            with pytest.raises(AnotherImport, match="Another import is running"):
                await load_folder(second, newer, lambda part, _: said.append(part), patience_seconds=0.2)
            await second.rollback()
            assert said == ["waiting for another import"]
    finally:
        await engine.dispose()
