"""The page for those who send from an app: each command line is run, in its order, on a real stack."""

import re
from pathlib import Path

from deploy.story.cast import Cast
from services.feedback.codes import WRONG_PER_MINUTE
from services.feedback.loops.queries import SHOWN
from tests.feedback.sources.test_page import run_block
from tests.repository.tree import ROOT

PAGE = (ROOT / "docs" / "send-from-an-app.md").read_text()
BLOCKS: list[str] = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
# What is printed by each block, in their order.
PRINTED = (
    (),
    ('"organisation_id":"',),
    (),
    ('"state":"received"', '"reply_code":"', '"notice":"'),
    ('"external_id":"visit-1"', '"loops":\\[\\]'),
    ('"line":1,"reply":{"state":"received"', '"error":"reply_code_unknown"'),
    ("feedback.received.v1",),
    ('"state":"draft"',),
    ('"state":"withdrawn"',),
)


async def test_each_command_line_works_as_it_stands(cast: Cast, tmp_path: Path) -> None:
    (tmp_path / "env").write_text(f"KEY={cast.keys['partner']}\nBODY={cast.ids['trust_organisation']}\n")
    assert len(BLOCKS) == len(PRINTED)
    for block, expected in zip(BLOCKS, PRINTED, strict=True):
        printed = await run_block(block, tmp_path, cast.gateway_url)
        assert [each for each in expected if not re.search(each, printed)] == [], printed
        assert not re.search(r'"status": ?[45]', printed), printed


def test_the_page_names_the_limits() -> None:
    assert f"After {WRONG_PER_MINUTE} wrong codes in a minute" in PAGE
    assert f"the newest {SHOWN} loops" in PAGE
