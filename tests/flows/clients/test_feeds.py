"""Readers of news find whole addresses in the feeds, and each leads somewhere."""

import json
import shutil
from pathlib import Path

import httpx2

from deploy.story.cast import FOOTPRINT, Cast
from deploy.story.part_two import acknowledge_loop, draft_loop, give_feedback
from tests.flows.clients.installed import HERE, lay_out_packages, run_tool


def test_every_link_that_a_reader_finds_leads_somewhere(cast: Cast, tmp_path: Path) -> None:
    said = give_feedback(cast, "Nobody answers the desk.")
    acknowledge_loop(cast, draft_loop(cast, "The desk", "Nobody answers the desk.", [said["id"]]))
    trust = cast.ids["trust_organisation"]
    changes = [f"/v1/footprints/{FOOTPRINT}/changes.atom", f"/v1/organisations/{trust}/changes.atom"]
    atom = [f"/v1/board.atom?organisation={trust}", "/v1/board.atom", *changes]
    json_feeds = [f"/v1/board.json?organisation={trust}", "/v1/board.json"]
    given = {
        "atom": [f"{cast.gateway_url}{path}" for path in atom],
        "json_feeds": [f"{cast.gateway_url}{path}" for path in json_feeds],
    }
    for program in HERE.glob("read_feeds.*"):
        shutil.copy(program, tmp_path)
    lay_out_packages(tmp_path)
    found = json.loads(run_tool("node", "read_feeds.mjs", folder=tmp_path, given=given))
    found |= json.loads(run_tool("python", "read_feeds.py", folder=tmp_path, given=given))
    assert {reader: [*by_feed] for reader, by_feed in found.items()} == {
        "rss-parser": given["atom"],
        "feedparser": given["atom"],
        "feedsmith": given["json_feeds"],
    }
    # A feed and what it follows, and at least one entry.
    links_of_feeds = [links for by_feed in found.values() for links in by_feed.values()]
    assert [links for links in links_of_feeds if len(links) < 3] == []
    every = {link for links in links_of_feeds for link in links}
    assert [link for link in every if not str(link).startswith(f"{cast.gateway_url}/v1/")] == []
    with httpx2.Client(timeout=30) as client:
        assert [link for link in sorted(every) if client.get(link).status_code != 200] == []
