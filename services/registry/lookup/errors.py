"""What can be wrong with a place. None of these repeats the postcode or the position that was asked about."""

from shared.errors import NotFound


class PostcodeUnknown(NotFound):
    """No footprint is known for this postcode: it may be new, ended or outside England; check it."""


class CodeUnknown(NotFound):
    """No body with this code is known: check it, and `edition` if you gave one."""


class BodyNotPlaced(NotFound):
    """It is not known where the body with this code lies: ask by the postcode of the place instead."""


class PlaceTooFar(NotFound):
    """No known position is near this place, which may be outside England: ask by its postcode instead."""


class NoFootprintThen(NotFound):
    """There were no footprints on that day: the first were announced on 15 March 2016."""
