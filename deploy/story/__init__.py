"""The story that the demo plays through the gateway."""

from deploy.story.play import Played, play

__all__ = ["Played", "play"]
