"""`doorway play`: real data and the story, on a stack that is already running."""

import json
import os
import time
from collections.abc import Mapping
from typing import TypedDict

import httpx2
import typer
from rich.console import Console

from deploy.commands.loading import load_data
from deploy.keys import write_private
from deploy.stage import DEMO, Stage, stage_in_containers
from deploy.story.caller import StoryBroken
from deploy.story.operators import operator_keys
from deploy.story.play import StoryResult, play_story

console = Console(highlight=False)
KNOWN_SECONDS = 10
# What a key is for, where its name does not say so.
OF_KEYS = {
    "transport": "the team that owns the commitment",
    "ambulance": "reads the real comments about ods:RX6",
    "verifier": "verifies the evidence of other bodies",
}


class DemoFile(TypedDict):
    """What the story left: where the gateway is, keys by name, and ids by what they are of."""

    gateway_url: str
    keys: dict[str, str]
    ids: dict[str, str]


def play_in_containers() -> None:
    """Load real data into the stack in containers, play the story once, and print lines to try."""
    if "DOORWAY_STORY_HOST" not in os.environ:
        raise typer.BadParameter(f"this stack has no place for the demo. Run: {DEMO}")
    play_once(stage_in_containers(os.environ))


def play_once(stage: Stage) -> None:
    """Load the data, play the story unless it has been played, and print what to try next."""
    load_data(stage, console)
    found = read_demo_file(stage)
    if not (found and knows_keys(stage.gateway_url, found["keys"])):
        write_demo_file(stage, play_and_report(stage))
    print_next_steps(stage)


def knows_keys(url: str, keys: Mapping[str, str]) -> bool:
    """Whether the stack knows a key of the story: not after its data was removed and the file was not."""
    return any(status_of_key(url, key) != 401 for key in keys.values())


def play_and_report(stage: Stage) -> StoryResult:
    """Play the story; if a step fails, print which and exit with 1."""
    keys = operator_keys()
    for key in keys.values():
        wait_until_key_works(stage.gateway_url, key)
    try:
        return play_story(console, stage, keys)
    except StoryBroken as broken:
        console.print(f"The story stopped: {broken}", style="red", markup=False)
        raise typer.Exit(1) from broken


def wait_until_key_works(url: str, key: str) -> None:
    """Wait until the gateway accepts a key that was made in its database."""
    ends = time.monotonic() + KNOWN_SECONDS
    while status_of_key(url, key) != 200 and time.monotonic() < ends:
        time.sleep(0.1)


def status_of_key(url: str, key: str) -> int:
    """What the gateway answers when a key asks whose it is."""
    return httpx2.get(f"{url}/v1/whoami", headers={"Authorization": f"Bearer {key}"}).status_code


def write_demo_file(stage: Stage, played: StoryResult) -> None:
    """Write the keys and ids of the story to a private file."""
    found = DemoFile(gateway_url=stage.published_url, keys=played.keys, ids=played.ids)
    write_private(stage.folder / "demo.json", json.dumps(found, indent=1) + "\n")


def read_demo_file(stage: Stage) -> DemoFile | None:
    """What the story left, at the gateway's address of today; None when it was not played."""
    file = stage.folder / "demo.json"
    if not file.exists():
        return None
    found: DemoFile = json.loads(file.read_text())
    if found["gateway_url"] != stage.published_url:
        found["gateway_url"] = stage.published_url
        write_private(file, json.dumps(found, indent=1) + "\n")
    return found


def print_next_steps(stage: Stage) -> None:
    """Print the address, keys, three lines to try, and how to stop."""
    found = read_demo_file(stage)
    url, keys = stage.published_url, found["keys"] if found else {}
    lines = [
        "",
        f"Doorway answers at {url}",
        f"Its documentation is at {url}/docs",
        *(f"  key of the {name:<9} {key}  {OF_KEYS.get(name, '')}".rstrip() for name, key in keys.items()),
        "",
        "Try:",
        *(f"  {line}" for line in lines_to_try(url, keys)),
        "",
        *stage.farewell,
    ]
    for line in lines:
        console.print(line, markup=False, soft_wrap=True)


def lines_to_try(url: str, keys: Mapping[str, str]) -> tuple[str, ...]:
    """Lines for a shell, each with the key of somebody who may do it."""
    partner = f"-H 'Authorization: Bearer {keys.get('partner', '<key>')}'"
    ambulance = f"-H 'Authorization: Bearer {keys.get('ambulance', '<key>')}'"
    comment = '{"kind": "comment", "text": "The new ramp helps.", "organisations": ["ods:RX6"]}'
    return (
        f"curl -s '{url}/v1/lookup?postcode=NE1%204LP'",
        f"curl -s '{url}/v1/feedback?organisation=ods:RX6' {ambulance}",
        f"curl -s '{url}/v1/feedback' {partner} -H 'Content-Type: application/json' -d '{comment}'",
    )
