"""`doorway demo`: the stack with real data, a story played through the gateway, and what to try next.

Alone in its file: `up` must not load what the story needs, and containers have no local stack to start.
"""

from deploy.commands.play import play_once
from deploy.commands.stack import start_stack
from deploy.local.home import home_of_checkout
from deploy.stage import stage_of


def demo() -> None:
    """Start the stack with real data, play the story once, and print lines to try."""
    home = home_of_checkout()
    start_stack(home)
    play_once(stage_of(home))
