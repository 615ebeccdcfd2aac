"""`doorway feedback import` of a spreadsheet: the lines of the page, resuming, and what is wrong."""

import asyncio
import csv
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from services.feedback import cli
from services.feedback.files import domain
from services.feedback.settings import Settings
from tests.feedback.examples import a_trust, tell
from tests.feedback.files.books import a_csv, a_workbook
from tests.feedback.files.test_page import BLOCKS
from tests.fixtures.clients import ServiceClient

LINES = ("Date,Ward,Comment", "03/04/2026,A1,Kind", "soon,A1,Quick", "05/04/2026,A2,Good")


@pytest.fixture
async def trust_code(service: ServiceClient) -> str:
    """The code of a trust that no other test imports for."""
    trust = a_trust()
    await tell(service, trust)
    return trust.ods or ""


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """A function that runs the command, in a thread as the loop here is taken."""
    monkeypatch.setattr(cli, "Settings", lambda: settings)
    monkeypatch.setattr(cli, "ARRIVAL_SECONDS", 0.2)

    async def run_command(*arguments: str) -> Result:
        return await asyncio.to_thread(CliRunner().invoke, cli.app, ["import", *arguments])

    return run_command


async def test_the_lines_of_the_page_check_and_then_store(
    run: Callable[..., Any], trust_code: str, tmp_path: Path
) -> None:
    path, answers = tmp_path / "survey.csv", tmp_path / "answers.csv"
    path.write_bytes(a_csv(*LINES))
    lines = BLOCKS[-1].replace("$FILE", str(path)).replace("answers.csv", str(answers))
    checked, stored = [
        await run(*shlex.split(line.replace("RX6", trust_code))[3:]) for line in lines.splitlines()
    ]
    assert "2 can be stored, 1 refused." in checked.output
    assert "line 3: column A:" in checked.output
    assert "2 stored, 1 refused." in stored.output
    with answers.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["line"], bool(row["reply_code"]), row["column"]) for row in rows] == [
        ("2", True, ""),
        ("3", False, "A"),
        ("4", True, ""),
    ]
    again = await run(str(path), "--organisation", f"ods:{trust_code}", "--column", "C=text")
    assert "1 stored, 0 refused." in again.output


async def test_the_headings_say_what_columns_are_and_an_import_goes_on(
    run: Callable[..., Any], trust_code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(domain, "PIECE_ROWS", 2)
    path = tmp_path / "survey.xlsm"
    path.write_bytes(a_workbook([["Ward", "What was good?"], *(["A", f"All {each}"] for each in range(5))]))
    done = await run(str(path), "--organisation", f"ods:{trust_code}")
    assert "5 stored, 0 refused." in done.output
    assert "0 stored, 0 refused." in (await run(str(path), "--organisation", f"ods:{trust_code}")).output


@pytest.mark.parametrize(
    ("content", "options", "said"),
    [
        (b"A,B\n1,2\n", (), "give --column"),
        (b"A,B\n1,2\n", ("--column", "A=nothing"), "--column"),
        (b"A,B\n1,2\n", ("--column", "A=text", "--sheet", "X"), "no such sheet"),
        (b'A,B\n"1,2\n', (), "line 2"),
    ],
)
async def test_what_cannot_be_imported_is_said(
    run: Callable[..., Any],
    trust_code: str,
    tmp_path: Path,
    content: bytes,
    options: tuple[str, ...],
    said: str,
) -> None:
    path = tmp_path / "survey.csv"
    path.write_bytes(content)
    stopped = await run(str(path), "--organisation", f"ods:{trust_code}", *options)
    assert stopped.exit_code == 1
    assert said in stopped.output
