"""Plays the whole story against a gateway, as partners would: with keys, over HTTP, and nothing else."""

from contextlib import closing
from dataclasses import dataclass

from rich.console import Console

from deploy.stage import Stage
from deploy.story import part_one, part_two
from deploy.story.cast import assemble
from deploy.story.receiver import listening
from deploy.story.sink import taking_mail
from deploy.story.tampering import tamperer
from deploy.story.telling import Teller

READY = ("partner", "trust", "transport", "ambulance", "verifier", "steward", "admin")


@dataclass(frozen=True)
class Played:
    """What the story leaves behind: a ready key by name, and the ids of what it made."""

    keys: dict[str, str]
    ids: dict[str, str]


def play(console: Console, stage: Stage, operators: dict[str, str]) -> Played:
    """Play the story and tell it; StoryBroken when a step does not go as it has to."""
    teller, host = Teller(console), stage.host
    with closing(assemble(stage.gateway_url, operators["admin"], operators["steward"])) as cast:
        with listening(host) as trust, listening(host) as other:
            part_one.play(cast, teller, part_one.Endpoints(trust, other))
        with listening(host) as partner, taking_mail(stage.mail_port, host) as mail:
            change_text = tamperer(stage.loop_database_url)
            part_two.play(cast, teller, part_two.Stagehands(partner, mail, change_text))
        return Played({name: cast.keys[name] for name in READY}, cast.ids)
