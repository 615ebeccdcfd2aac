"""Declaring a file at the command line."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.registry.cli import app
from services.registry.mergers.commands import declare_in, summary_lines
from services.registry.settings import Settings
from shared.auth import Actor
from tests.registry.mergers.examples import link, merger
from tests.registry.mergers.test_files import HEADER

WHY = ["--by", "jd-17", "--reason", "The boards decided so (invented).", "--source", "the boards' papers"]


@pytest.fixture
def environment(imported: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the environment that commands read."""
    for name, value in imported.model_dump().items():
        monkeypatch.setenv(f"REGISTRY_{name.upper()}", str(value))


@pytest.mark.usefixtures("environment")
def test_a_file_is_tried_first(tmp_path: Path) -> None:
    file = tmp_path / "merger.csv"
    file.write_text(f"{HEADER}\nQT6,,N9N3A,,NHS West (invented),2031-04-01,merger,1,,\n")
    done = CliRunner().invoke(app, ["declare", str(file), *WHY, "--dry-run"])
    assert done.exit_code == 0, done.output
    assert "Would be declared for 2031-04-01 (ICB2031)." in done.output
    assert "succeeded by: QT6 → N9N3A 1.0000" in done.output


@pytest.mark.usefixtures("environment")
def test_mistakes_are_named_by_line(tmp_path: Path) -> None:
    file = tmp_path / "merger.csv"
    file.write_text(f"{HEADER}\nQZZ,,N9N3A,,NHS West (invented),2031-04-01,merger,1,,\n")
    tried = CliRunner().invoke(app, ["declare", str(file), *WHY, "--dry-run"])
    assert tried.exit_code == 1
    assert "/lines/2: unknown_predecessor: " in tried.output
    refused = CliRunner().invoke(app, ["declare", str(file), *WHY])
    assert refused.exit_code == 1
    assert "/lines/2: No footprint was open under this id or code" in refused.output


async def test_what_was_declared_is_shown_with_its_id(imported: Settings) -> None:
    tried = merger(links=[link("QE1", "N9N1A")], dry_run=True)
    found = await declare_in(imported, tried, Actor("jd-17", "operator"))
    assert summary_lines(found.model_copy(update={"dry_run": False, "id": 7}))[0].startswith(
        "Declared as 7 for 2029"
    )
    assert summary_lines(found)[-1].endswith("belonged to those that close, 0 to be assigned.")
