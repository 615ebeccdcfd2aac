"""The registry's commands."""

from collections import Counter

import pytest
from sqlalchemy import func, select
from typer.testing import CliRunner

from services.registry.cli import app, republish_all, table_of
from services.registry.imports.domain import Summary
from services.registry.models import Body
from services.registry.settings import Settings
from shared.outbox import Outbox
from tests.fixtures.databases import SessionFor


@pytest.fixture
def environment(imported: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the environment that commands read."""
    for name, value in imported.model_dump().items():
        monkeypatch.setenv(f"REGISTRY_{name.upper()}", str(value))


@pytest.mark.usefixtures("environment")
def test_an_import_shows_what_it_found() -> None:
    done = CliRunner().invoke(app, ["import", "--show-rejected"], env={"COLUMNS": "120"})
    assert done.exit_code == 0, done.output
    for part in ("bodies", "small areas", "area shares", "postcodes", "unchanged"):
        assert part in done.output
    assert "no council is known as Cumbria County Council" in done.output


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
    assert list(table_of(summary).columns[1].cells) == ["1,491,312"]
