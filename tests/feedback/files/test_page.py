"""The page for those who have a spreadsheet: each command line is run, in its order, against a server."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.feedback.files.schemas import MISSING, ColumnRule, Target
from services.feedback.files.sheets import CELL_CHARS_MAX, COLUMNS_MAX, FILE_BYTES_MAX, ROWS_MAX
from tests.feedback.files.books import a_csv
from tests.feedback.serving import served_as
from tests.feedback.sources.test_page import run_block
from tests.fixtures.clients import ServiceClient
from tests.repository.tree import ROOT

PAGE = (ROOT / "docs" / "load-a-spreadsheet.md").read_text()
BLOCKS: list[str] = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
PRINTED = (
    (),
    ('"headings_line":3', '"encoding":"windows-1252"', '"proposed":\\[{"column":"A","to":"experienced_on"'),
    (),
    ('"dry_run":true,"accepted":2,"rejected":1', '"column":"A"'),
    ('"dry_run":false,"accepted":2,"rejected":1', '"reply_code":"', '"is_done":true'),
    ('"stored":2',),
)


@pytest.fixture
async def doorway(trust: ServiceClient) -> AsyncIterator[str]:
    """The address of a server that takes every request for the trust's."""
    async with served_as(trust) as address:
        yield address


async def test_each_command_line_works_as_it_stands(doorway: str, tmp_path: Path) -> None:
    survey = a_csv(
        "Our survey;;",
        ";;",
        "Date;Rating;How was it?",
        "03/04/2026;4,5;It cost £5",
        "someday;3;Slow",
        "2026-04;5;Good",
        encoding="windows-1252",
    )
    (tmp_path / "survey.csv").write_bytes(survey)
    assert len(BLOCKS) == len(PRINTED) + 1
    for block, expected in zip(BLOCKS, PRINTED, strict=False):
        printed = await run_block(block, tmp_path, doorway)
        assert [each for each in expected if not re.search(each, printed)] == [], printed


def test_the_page_names_what_a_column_can_be_and_the_limits() -> None:
    named = set(re.findall(r"`(\w+)`", " ".join(re.findall(r"^\| (`[^|]+) \|", PAGE, re.MULTILINE))))
    assert set(Target.__args__) <= named  # type: ignore[attr-defined]  # a Literal has them
    assert "scale" in ColumnRule.model_fields
    assert {"NULL", "N/A", "-"} <= set(MISSING)
    limits = (
        f"at most {FILE_BYTES_MAX // 1_048_576} MiB, and a sheet {ROWS_MAX:,} rows and {COLUMNS_MAX} columns"
    )
    assert limits in PAGE
    assert f"at most {CELL_CHARS_MAX:,} characters" in PAGE
