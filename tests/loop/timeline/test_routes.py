"""An export is checked by a script that knows nothing of our code."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from services.loop.timeline.domain import publish_count
from tests.fixtures.clients import ServiceClient
from tests.fixtures.figures import plain_counts
from tests.loop.conftest import Publish
from tests.loop.scenes import scene_of
from tests.repository.tree import ROOT

SCRIPT = ROOT / "docs" / "verify_export.py"


def check(file: Path, *head: str) -> tuple[int, str]:
    """The output of the script, which imports none of our code."""
    run = [sys.executable, "-I", str(SCRIPT), *head]
    with file.open("rb") as export:
        done = subprocess.run(run, stdin=export, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout.strip()


def test_the_script_has_thirty_lines() -> None:
    assert len(SCRIPT.read_text().splitlines()) <= 30


async def test_an_export_is_checked_without_our_code(
    service: ServiceClient, publish: Publish, tmp_path: Path
) -> None:
    scene = await scene_of(service, publish)
    await scene.decided(reason="Line one,\nline two\u2028and “three”, because all of it has to hold.")
    answer = await service.get(f"{scene.path}/export")
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    file = tmp_path / "export.ndjson"
    file.write_text(answer.text)
    assert check(file, scene.loop["head"]) == (0, "intact: 4 entries")
    assert check(file, "f" * 64)[0] == 1
    lines = answer.text.strip().split("\n")
    for number, broken in enumerate(tampered_copies(lines)):
        file.write_text("\n".join(broken) + "\n")
        assert check(file)[0] == 1, number


def tampered_copies(lines: list[str]) -> list[list[str]]:
    """Exports that are not as they were: a body, a text, a missing entry."""
    changed = json.loads(lines[3])
    changed["texts"]["decision.reason"]["text"] = "Because."
    return [
        [lines[0], lines[1].replace("opening", "closing"), *lines[2:]],
        [*lines[:3], json.dumps(changed)],
        [*lines[:1], *lines[2:]],
    ]


async def test_words_from_before_their_moderation_are_not_public(
    service: ServiceClient, publish: Publish
) -> None:
    scene = await scene_of(service, publish, you_said="Mrs Example of Acacia Avenue cannot open the door.")
    opened = {"moderated": True, "you_said": "Somebody cannot open the door."}
    await scene.done(scene.lead, "opening", opened)
    for path in ("", "/timeline", "/export"):
        assert "Acacia" not in (await service.get(scene.path + path)).text
    assert "Somebody cannot" in (await service.get(f"{scene.path}/timeline")).text
    assert "Acacia" in (await scene.lead.get(f"{scene.path}/timeline")).text
    assert (await service.get(f"{scene.path}/verify")).json()["intact"]


async def test_which_feedback_is_linked_is_not_public_before_the_feedback_is(
    service: ServiceClient, publish: Publish
) -> None:
    scene = await scene_of(service, publish)
    await scene.decided()
    linked = str(scene.said[0].feedback_id)
    for path in ("", "/timeline", "/export", "/next"):
        assert linked not in (await service.get(scene.path + path)).text
        assert linked in (await scene.lead.get(scene.path + path)).text or path == "/next"


@pytest.mark.parametrize(("voices", "shown"), [(3, "fewer than 5"), (5, 5)])
async def test_a_timeline_does_not_count_few_people(
    service: ServiceClient, publish: Publish, voices: int, shown: int | str
) -> None:
    scene = await scene_of(service, publish, voices=voices)
    await scene.acknowledged()
    board = (await service.get("/v1/board", params={"footprint": scene.loop["footprint_id"]})).json()
    drafted = (await service.get(f"{scene.path}/timeline")).json()["items"][0]
    said = [board["items"][0]["said"], drafted["facts"]["feedback"]]
    assert plain_counts(said) == [shown, shown]
    export = (await service.get(f"{scene.path}/export")).text.splitlines()[0]
    assert json.loads(json.loads(export)["body"])["facts"]["feedback"] == shown


def test_entries_of_earlier_versions_are_held_back_where_they_are_shown() -> None:
    assert [publish_count(count) for count in (0, 1, 4, 12, "held back")] == [
        0,
        "fewer than 5",
        "fewer than 5",
        12,
        "held back",
    ]
