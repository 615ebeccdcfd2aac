"""What can be wrong with naming a body."""

from shared.errors import Conflict, NotFound


class NotOpenYet(NotFound):
    """This body had not opened by that day: leave `as_of` out, or name a later day."""


class CodeTaken(Conflict):
    """A body with this code is registered already: read it, or leave the code out."""
