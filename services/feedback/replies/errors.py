"""What can be wrong with a reply code."""

from shared.errors import NotFound


class SourceUnknown(NotFound):
    """Your organisation has no such source: see GET /v1/sources."""
