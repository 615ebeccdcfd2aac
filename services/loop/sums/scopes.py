"""Whose loops a sum is of, as one text: real ones or demonstrations, the place, the body; `*` is any."""

from typing import Literal, NamedTuple, get_args
from uuid import UUID

ScopeKind = Literal["all", "place", "body", "pair"]
KINDS: tuple[ScopeKind, ...] = get_args(ScopeKind)
ANY = "*"


class Whose(NamedTuple):
    """Whose loops: of one place, of one body, of both together or of all."""

    demonstration: bool
    place: UUID | None
    body: UUID | None

    @property
    def kind(self) -> ScopeKind:
        """By what the loops are chosen."""
        if self.place and self.body:
            return "pair"
        return "place" if self.place else "body" if self.body else "all"

    @property
    def words(self) -> str:
        """The text that names these loops."""
        return f"{reality(self.demonstration)} {self.place or ANY} {self.body or ANY}"

    @property
    def pattern(self) -> str:
        """What the texts of these loops are like."""
        return self.words.replace(ANY, "%")

    @property
    def pattern_of_any(self) -> str:
        """What the texts of these loops are like, and of those that do not count beside them."""
        return f"% {self.place or '%'} {self.body or '%'}"


def reality(demonstration: bool) -> str:
    """How a text begins."""
    return "demonstration" if demonstration else "real"


def scopes_of(whose: str) -> dict[ScopeKind, str]:
    """The sums to which a loop adds, by their kind; `whose` names its place and its body, or a dash."""
    begin, place, body = whose.split(" ")
    return {
        "all": f"{begin} {ANY} {ANY}",
        "place": f"{begin} {place} {ANY}",
        "body": f"{begin} {ANY} {body}",
        "pair": whose,
    }
