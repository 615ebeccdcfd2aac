"""The registry's commands."""

import gzip
from collections import Counter
from pathlib import Path

import pytest
from rich.console import Console
from sqlalchemy import func, select
from typer.testing import CliRunner, Result

from services.registry.cli import app, print_summary, republish_all
from services.registry.imports.summary import Summary
from services.registry.models import Body
from services.registry.settings import Settings
from shared.outbox import Outbox
from tests.fixtures.databases import SessionFor
from tests.registry.extract import change, some_of


@pytest.fixture
def environment(imported: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the environment that commands read."""
    for name, value in imported.model_dump().items():
        monkeypatch.setenv(f"REGISTRY_{name.upper()}", str(value))


def invoke(*words: str) -> Result:
    """Run a command in a wide terminal."""
    return CliRunner().invoke(app, words, env={"COLUMNS": "160"})


@pytest.mark.usefixtures("environment")
def test_an_import_shows_what_it_found_and_the_few_rows_that_it_could_not_use() -> None:
    done = invoke("import")
    assert done.exit_code == 0, done.output
    for part in ("bodies", "small areas", "area shares", "postcodes", "unchanged", "kept by hand"):
        assert part in done.output
    assert (
        "rejected: icb_leaders_2026.csv, line 64: the page that names Priya Singh has no day" in done.output
    )
    told = "overruled by hand: footprint_partners_2019.csv, line 44, the row: Bolton NHS Foundation Trust"
    assert told in done.output


@pytest.mark.usefixtures("environment")
def test_a_dry_run_shows_what_would_change_and_stores_nothing(extract: Path, tmp_path: Path) -> None:
    newer, report = some_of(extract, tmp_path / "newer", "organisations.csv"), tmp_path / "report.csv"
    change(newer, "organisations.csv", lambda row: row | {"phone": "1", "icb_2023_ods": "ZZZ"})
    for _ in range(2):
        done = invoke("import", "--data", str(newer), "--dry-run", "--show-changed", "--report", str(report))
        assert done.exit_code == 0, done.output
        assert "nothing was stored or published" in done.output
        assert "changed: North London NHS Foundation Trust (trust/G6V2S), phone:  → 1" in done.output
        assert "more (rejected): --show-rejected lists them." in done.output
        assert "more (changed): --report FILE writes all of them." in done.output
    assert (
        "rejected,organisations.csv,2,,,,,G6V2S: board ZZZ is not in the files or the registry"
        in report.read_text()
    )


@pytest.mark.usefixtures("environment")
def test_a_file_that_cannot_be_read_is_named_and_nothing_is_stored(extract: Path, tmp_path: Path) -> None:
    bad = some_of(extract, tmp_path / "bad", "organisations.csv")
    change(bad, "organisations.csv", lambda row: row | {"open_date": "1/4/1974"})
    done = invoke("import", "--data", str(bad))
    assert done.exit_code == 1
    assert "organisations.csv, line 2, column open_date: '1/4/1974' is not a day" in done.output
    assert "Nothing was stored." in done.output


@pytest.mark.usefixtures("environment")
def test_what_the_database_refuses_is_told_without_a_trace_of_the_code(extract: Path, tmp_path: Path) -> None:
    bad = some_of(extract, tmp_path / "bad", "postcode_lookup.csv.gz", "postcodes_ended.csv.gz")
    (bad / "postcode_lookup.csv.gz").write_bytes(gzip.compress(b"postcode,lsoa21_code\nNE1 4LP\n"))
    done = invoke("import", "--data", str(bad))
    assert done.exit_code == 1
    assert "postcode_lookup.csv.gz, line 2: missing data" in done.output
    assert "Nothing was stored." in done.output


async def test_the_state_of_every_body_is_told_again(imported: Settings, session_for: SessionFor) -> None:
    session = await session_for("registry")
    bodies = await session.scalar(select(func.count()).where(Body.withdrawn_at.is_(None)))
    before = await session.scalar(select(func.count()).select_from(Outbox)) or 0
    assert await republish_all(imported) == bodies
    after = await session.scalar(select(func.count()).select_from(Outbox)) or 0
    assert after - before == bodies
    newest = select(Outbox.type).order_by(Outbox.position.desc()).limit(bodies)
    assert {kind.split(".")[1].split("_")[1] for kind in await session.scalars(newest)} == {"restated"}
    last = select(func.max(Outbox.sequence)).group_by(Outbox.aggregate_id)
    versions = select(Body.version).order_by(Body.version)
    assert sorted((await session.scalars(last)).all()) == list((await session.scalars(versions)).all())


def test_numbers_are_written_to_be_read() -> None:
    summary = Summary()
    summary.counts["postcodes"] = Counter(new=1_491_312)
    print_summary(console := Console(record=True), summary, rejected=False, changed=False)
    assert " 1,491,312 " in console.export_text()
