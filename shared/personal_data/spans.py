"""Where a piece of personal data stands in a text, and of which kind it is."""

from pathlib import Path
from typing import Literal, NamedTuple

Kind = Literal["NHS number", "phone number", "e-mail address", "postcode", "date of birth", "name"]


class Span(NamedTuple):
    """A place in a text, and the kind of personal data that stands there."""

    start: int
    stop: int
    kind: Kind


def words_in(name: str) -> frozenset[str]:
    """The words of a list beside this file."""
    return frozenset((Path(__file__).parent / f"{name}.txt").read_text().split())
