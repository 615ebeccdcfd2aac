"""Plays the whole story against a gateway, as partners would: with keys, over HTTP, and nothing else."""

from contextlib import closing
from dataclasses import dataclass

from rich.console import Console

from deploy.stage import HERE
from deploy.story import part_one
from deploy.story.cast import assemble
from deploy.story.receiver import listening
from deploy.story.telling import Teller


@dataclass(frozen=True)
class Played:
    """What the story leaves behind: a ready key by name, and the ids of what it made."""

    keys: dict[str, str]
    ids: dict[str, str]


def play(console: Console, gateway_url: str, operators: dict[str, str], host: str = HERE) -> Played:
    """Play the story and tell it; its endpoints listen at the host.

    StoryBroken when a step does not go as it has to.
    """
    teller = Teller(console)
    with closing(assemble(gateway_url, operators["admin"], operators["steward"])) as cast:
        with listening(host) as trust, listening(host) as other:
            part_one.play(cast, teller, part_one.Endpoints(trust, other))
        return Played(cast.keys, cast.ids)
