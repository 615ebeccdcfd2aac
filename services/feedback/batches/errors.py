"""What can be wrong with a batch as a whole."""

from shared.errors import BodyTooLarge


class TooManyLines(BodyTooLarge):
    """A batch has at most 1,000 lines: send the rest in another one."""
