"""What can be wrong with a place. None of these repeats the postcode that was asked about."""

from shared.errors import Invalid, NotFound


class PostcodeUnknown(NotFound):
    """No footprint is known for this postcode: it may be new, ended or outside England; check it."""


class PostcodeIncomplete(Invalid):
    """This part of a postcode lies in more than one footprint: give the full postcode."""


class NoFootprintThen(NotFound):
    """There were no footprints on that day: the first were announced on 15 March 2016."""
