"""The page for moderators: each command line is run, in its order, against a server."""

import re
from pathlib import Path
from typing import get_args
from uuid import UUID

from services.feedback.items.schemas import Work
from services.feedback.moderation.bulk import COUNTED_MAX
from services.feedback.moderation.bulk_schemas import LINES_MAX, REASONS
from services.feedback.moderation.forwarding import ACKNOWLEDGE_WORKING_DAYS
from tests.feedback.examples import give_feedback
from tests.feedback.serving import served_as
from tests.feedback.sources.test_page import run_block
from tests.fixtures.clients import ServiceClient
from tests.repository.tree import ROOT

PAGE = (ROOT / "docs" / "moderate.md").read_text()
BLOCKS: list[str] = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
# What is printed by each block, in their order.
PRINTED = (
    (),
    ('"work":"unread","waiting":3', '"work":"complaints_to_forward","waiting":1'),
    ('"state":"received"',),
    ('"accepted":1,"rejected":0',),
    ('"accepted":2,"rejected":0', '"state":"published"', '"state":"withheld"'),
    ('"only_scores":true', '"made_by":"jd-17"', '"items":\\['),
    ('"agreed_how":"by_phone"', '"acknowledge_by":"'),
)


async def test_each_command_line_works_as_it_stands(
    partner: ServiceClient, trust: ServiceClient, trust_id: UUID, tmp_path: Path
) -> None:
    for kind in ("comment", "story", "complaint"):
        await give_feedback(partner, trust_id, kind=kind)
    assert len(BLOCKS) == len(PRINTED)
    async with served_as(trust) as doorway:
        for block, expected in zip(BLOCKS, PRINTED, strict=True):
            printed = await run_block(block, tmp_path, doorway)
            assert [each for each in expected if not re.search(each, printed)] == [], printed


def test_the_page_names_all_work_all_reasons_and_the_limits() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|$", PAGE, re.MULTILINE))
    assert set(get_args(Work)) <= rows.keys()
    assert {name: rows.get(name) for name in REASONS} == dict(REASONS)
    assert f"exactly up to {COUNTED_MAX:,}" in PAGE
    assert f"Up to {LINES_MAX} decisions" in PAGE
    assert f"within {ACKNOWLEDGE_WORKING_DAYS} working days" in PAGE
