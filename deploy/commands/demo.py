"""`doorway demo`: the stack with real data, a story played through the gateway, and how to go on."""

import json
import time
from typing import Any

import httpx2
import typer
from rich.console import Console

from deploy.commands.loading import load
from deploy.commands.stack import start
from deploy.keys import write_private
from deploy.local.home import Home, home_of_checkout
from deploy.local.stack import gateway_url
from deploy.story.caller import StoryBroken
from deploy.story.operators import operator_keys
from deploy.story.play import Played, play

console = Console(highlight=False)
KNOWN_SECONDS = 10


def demo() -> None:
    """Start the stack with real data, play the story once, and say how to go on from there."""
    home = home_of_checkout()
    start(home)
    load(home, console)
    if not told(home):
        keep(home, played(home))
    say_how_to_go_on(home)


def played(home: Home) -> Played:
    """Play the story; exits with 1 and says which step failed when one does."""
    keys = operator_keys()
    for key in keys.values():
        until_known(gateway_url(home), key)
    try:
        return play(console, gateway_url(home), keys)
    except StoryBroken as broken:
        console.print(f"The story does not go on: {broken}", style="red", markup=False)
        raise typer.Exit(1) from broken


def until_known(url: str, key: str) -> None:
    """Wait until the gateway has heard of a key that was made at its database."""
    ends, headers = time.monotonic() + KNOWN_SECONDS, {"Authorization": f"Bearer {key}"}
    while httpx2.get(f"{url}/v1/whoami", headers=headers).status_code != 200 and time.monotonic() < ends:
        time.sleep(0.1)


def keep(home: Home, played: Played) -> None:
    """Keep the keys and ids of the story in a private file: with it, the story was played."""
    found = {"gateway_url": gateway_url(home), "keys": played.keys, "ids": played.ids}
    write_private(home.path / "demo.json", json.dumps(found, indent=1) + "\n")


def told(home: Home) -> dict[str, Any] | None:
    """Return what the story left, at the gateway's address of today; None when it was not played."""
    file = home.path / "demo.json"
    if not file.exists():
        return None
    found: dict[str, Any] = json.loads(file.read_text())
    if found["gateway_url"] != gateway_url(home):
        found["gateway_url"] = gateway_url(home)
        write_private(file, json.dumps(found, indent=1) + "\n")
    return found


def say_how_to_go_on(home: Home) -> None:
    """Print the address, keys, three lines to try, and how to stop."""
    found = told(home) or {"keys": {}}
    url, keys = gateway_url(home), found["keys"]
    lines = [
        "",
        f"Doorway answers at {url}",
        f"What it can do stands at {url}/docs",
        *(f"  key of the {name:<9} {key}" for name, key in keys.items()),
        "",
        "Try:",
        *(f"  {line}" for line in lines_to_try(url, keys.get("partner", "<key>"))),
        "",
        "The same stands in .doorway/demo.json.",
        "See how it is: make status. Stop it: make down.",
    ]
    for line in lines:
        console.print(line, markup=False, soft_wrap=True)


def lines_to_try(url: str, key: str) -> tuple[str, str, str]:
    """Return three lines for a shell."""
    bearer = f"-H 'Authorization: Bearer {key}'"
    comment = '{"kind": "comment", "text": "The new ramp helps.", "organisation": "ods:RX6"}'
    return (
        f"curl -s '{url}/v1/lookup?postcode=NE1%204LP'",
        f"curl -s '{url}/v1/whoami' {bearer}",
        f"curl -s '{url}/v1/feedback' {bearer} -H 'Content-Type: application/json' -d '{comment}'",
    )
