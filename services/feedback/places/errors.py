"""What can be wrong with a place."""

from shared.errors import Invalid, Unavailable


class LookupUnavailable(Unavailable):
    """Postcodes cannot be looked up for the moment, nothing was stored: try again, or give the footprint."""


class PostcodeNotFound(Invalid):
    """No footprint is known for this postcode: check it, or give the footprint or the organisation."""
