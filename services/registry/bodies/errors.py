"""What can be wrong with naming a body, and with what is said of one."""

from shared.errors import Conflict, NotFound


class NotOpenYet(NotFound):
    """This body had not opened by that day: leave `as_of` out, or name a later day."""


class NotKnownThen(NotFound):
    """The registry knew no such body at that instant: leave `known_at` out, or name a later one."""


class CodeTaken(Conflict):
    """A body with this code is registered already: read it, or leave the code out."""


class ClosedAlready(Conflict):
    """This body has closed, or is declared to: if the day is wrong, correct `closed_on`."""
