"""What can be missing about boundaries."""

from shared.errors import NotFound


class NoOutline(NotFound):
    """There is no outline of this edition: `detail` names the nearest one that has any."""
