"""The story, step by step."""

from dataclasses import dataclass, field

from rich.console import Console


@dataclass(frozen=True, slots=True)
class Played:
    """What the story made: keys by the name of who has them, ids by what they are of."""

    keys: dict[str, str] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)


def play(console: Console, gateway_url: str) -> Played:
    """Play the story against a gateway and return what it made."""
    console.print(f"The story, through the gateway at {gateway_url}:")
    return Played()
