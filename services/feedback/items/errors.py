"""What can be wrong with giving and reading feedback."""

from shared.errors import Conflict


class ReplyCodeUsed(Conflict):
    """This reply code belongs to another piece of feedback already: leave it out, and a new one is given."""


class SentTwiceAtOnce(Conflict):
    """The same came twice at the same moment, and this one was not stored: send it again."""
