"""`doorway feedback import`: real comments, once, with what became of each row."""

import asyncio
import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from typer.testing import CliRunner, Result

from services.feedback import cli
from services.feedback.bodies.domain import BodyFinder
from services.feedback.imports.fft import COLUMNS
from services.feedback.items.domain import restate_feedback_after
from services.feedback.settings import Settings
from shared.ids import new_id
from shared.outbox import republish_all
from tests.feedback.examples import a_trust, tell
from tests.fixtures.clients import ServiceClient

ROW = dict.fromkeys(COLUMNS, "") | {
    "trust_ods_code": "RX6",
    "received_date": "2021-10-05",
    "date_quality": "sure",
    "fft_score": "2",
    "question_text": "Why?",
    "text": "Kind and quick.",
    "sentiment": "1",
    "labels": "timeliness_of_care",
}


@pytest.fixture
async def trust_code(service: ServiceClient) -> tuple[str, UUID]:
    """The code and the id of a trust that no other test imports for."""
    trust = a_trust()
    await tell(service, trust)
    return trust.ods or "", trust.organisation_id


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """A function that runs the command, in a thread as the loop here is taken."""
    monkeypatch.setattr(cli, "Settings", lambda: settings)
    monkeypatch.setattr(cli, "ARRIVAL_SECONDS", 0.2)

    async def run_command(*arguments: str) -> Result:
        return await asyncio.to_thread(CliRunner().invoke, cli.app, ["import", *arguments])

    return run_command


def a_file(folder: Path, *rows: dict[str, str]) -> str:
    """The path of a file with these rows."""
    path = folder / "comments.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, sorted(COLUMNS))
        writer.writeheader()
        writer.writerows(rows)
    return str(path)


async def test_the_real_comments_are_imported_once(
    run: Callable[..., Any], service: ServiceClient, feedback_db: str
) -> None:
    trust = a_trust(ods="RX6")
    await tell(service, trust)
    assert "3,093 new, 0 changed, 0 unchanged, 0 rejected." in (await run("--demo")).output
    assert "0 new, 0 changed, 3,093 unchanged, 0 rejected." in (await run("--demo")).output
    connection = await asyncpg.connect(feedback_db)
    try:
        counted = await connection.fetchrow(
            "SELECT count(*), count(*) FILTER (WHERE permissions->>'publish' = 'not_asked') AS unasked,"
            " count(*) FILTER (WHERE length(experienced_on) = 4) AS only_years"
            " FROM feedback WHERE sender_id = $1",
            trust.organisation_id,
        )
        told = await connection.fetchval(
            "SELECT count(*) FROM outbox JOIN feedback ON aggregate_id = feedback.id WHERE sender_id = $1",
            trust.organisation_id,
        )
    finally:
        await connection.close()
    assert counted is not None
    assert (tuple(counted), told) == ((3093, 3093, 823), 3093)


async def test_a_body_that_is_still_on_its_way_is_waited_for(
    run: Callable[..., Any],
    service: ServiceClient,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked, trust = asyncio.Event(), a_trust()
    loop, look_again = asyncio.get_running_loop(), BodyFinder.wait_for_body

    async def note_and_look_again(finder: BodyFinder, *what: Any) -> UUID | None:
        loop.call_soon_threadsafe(looked.set)
        return await look_again(finder, *what)

    monkeypatch.setattr(BodyFinder, "wait_for_body", note_and_look_again)
    monkeypatch.setattr(cli, "ARRIVAL_SECONDS", 60)
    run_once = asyncio.ensure_future(run(a_file(tmp_path, ROW | {"trust_ods_code": trust.ods or ""})))
    await asyncio.wait({run_once, asyncio.ensure_future(looked.wait())}, return_when=asyncio.FIRST_COMPLETED)
    await tell(service, trust)
    assert "1 new" in (await run_once).output


async def test_other_content_is_a_revision_and_an_unreadable_row_is_named(
    run: Callable[..., Any], trust_code: tuple[str, UUID], tmp_path: Path
) -> None:
    row = ROW | {"trust_ods_code": trust_code[0], "feedback_id": "one"}
    assert "1 new" in (await run(a_file(tmp_path, row))).output
    rows = [
        row | {"text": "Kind."},
        row | {"feedback_id": "two", "fft_score": "9"},
        row | {"feedback_id": "three", "text": "", "fft_score": "9"},
    ]
    output = (await run(a_file(tmp_path, *rows))).output
    assert "1 new, 1 changed, 0 unchanged, 1 rejected." in output
    assert "/rating could not be read in 1 rows, and was left out of them." in output
    assert "line 4: " in output
    assert "Kind" not in output


async def test_a_body_that_is_not_known_stops_the_import(run: Callable[..., Any], tmp_path: Path) -> None:
    row = ROW | {"trust_ods_code": new_id().hex[-12:].upper(), "feedback_id": "one"}
    result = await run(a_file(tmp_path, row))
    assert (result.exit_code, "No body has this code" in result.output) == (1, True)


@pytest.mark.parametrize("content", [b"a,b\n1,2\n", b"\xff\xfe\x00"])
async def test_another_kind_of_file_is_refused(
    run: Callable[..., Any], tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "other.csv"
    path.write_bytes(content)
    result = await run(str(path))
    assert (result.exit_code, "The import stopped" in result.output) == (1, True)


async def test_a_file_or_the_demonstration_has_to_be_named(run: Callable[..., Any]) -> None:
    assert "give a file" in (await run()).output


async def test_republish_tells_the_present_state_again_under_its_version(
    run: Callable[..., Any],
    trust_code: tuple[str, UUID],
    settings: Settings,
    tmp_path: Path,
    feedback_db: str,
) -> None:
    row = ROW | {"trust_ods_code": trust_code[0], "feedback_id": "one"}
    for text in ("Kind.", "Kind and quick."):
        await run(a_file(tmp_path, row | {"text": text}))
    assert await republish_all(settings, restate_feedback_after) >= 1
    connection = await asyncpg.connect(feedback_db)
    try:
        told = await connection.fetch(
            "SELECT type, sequence, body FROM outbox WHERE aggregate_id ="
            " (SELECT id FROM feedback WHERE organisation_ids = ARRAY[$1::uuid]) ORDER BY position",
            trust_code[1],
        )
    finally:
        await connection.close()
    assert [(each["type"].split(".")[1], each["sequence"]) for each in told] == [
        ("received", 1),
        ("revised", 2),
        ("restated", 2),
    ]
    assert "Kind" not in told[-1]["body"]
