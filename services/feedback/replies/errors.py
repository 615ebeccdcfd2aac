"""What can be wrong with a reply code."""

from shared.errors import NotFound


class ReplyCodeUnknown(NotFound):
    """No feedback is known by this reply code: check its twelve letters."""


class SourceUnknown(NotFound):
    """Your organisation has no such source: see GET /v1/sources."""
