"""Plays the whole story against a gateway, as partners would: with keys, over HTTP, and nothing else."""

from contextlib import closing
from dataclasses import dataclass

from rich.console import Console

from deploy.stage import Stage
from deploy.story import part_one, part_two
from deploy.story.cast import Teller, assemble_cast
from deploy.story.receiver import run_receiver
from deploy.story.sink import run_mail_server
from deploy.story.tampering import make_text_changer

READY = ("partner", "trust", "transport", "ambulance", "verifier", "steward", "admin")


@dataclass(frozen=True)
class StoryResult:
    """What the story leaves behind: a ready key by name, and the ids of what it made."""

    keys: dict[str, str]
    ids: dict[str, str]


def play_story(console: Console, stage: Stage, operators: dict[str, str]) -> StoryResult:
    """Play and print the story; StoryBroken when a step fails."""
    teller = Teller(console)
    with closing(assemble_cast(stage.gateway_url, operators["admin"], operators["steward"])) as cast:
        with run_receiver() as trust, run_receiver() as other:
            part_one.play(cast, teller, part_one.Endpoints(trust, other))
        with run_receiver() as partner, run_mail_server(stage.mail_port, stage.mail_host) as mail:
            change_text = make_text_changer(stage.loop_database_url)
            part_two.play(cast, teller, part_two.Stagehands(partner, mail, change_text))
        return StoryResult({name: cast.keys[name] for name in READY}, cast.ids)
