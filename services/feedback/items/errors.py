"""What can be wrong with giving and reading feedback."""

from shared.errors import Conflict


class ReplyCodeUsed(Conflict):
    """This reply code belongs to another piece of feedback already: leave it out, and a new one is given."""


class AlreadyWithdrawn(Conflict):
    """Who said this took it back: it can only be erased."""


class AlreadyErased(Conflict):
    """Everything personal about this is gone: nothing more can be done with it."""
