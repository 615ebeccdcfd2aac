"""What a comment looks like to the model of themes: its words and parts of words, by number of a bucket."""

import re
import unicodedata
from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple
from zlib import crc32

READ_CHARACTERS = 4_000
PART_LENGTHS = range(2, 6)
WORD = re.compile(r"\w[\w']*")


class Block(NamedTuple):
    """One sort of features, the buckets it has, and how much it counts."""

    first: int
    size: int
    weight: float

    def hash_all(self, terms: Iterable[str]) -> frozenset[int]:
        """The bucket of each term; the same on every machine."""
        return frozenset(self.first + crc32(term.encode()) % self.size for term in terms)


WORDS = Block(0, 1 << 14, 1.0)
PARTS = Block(1 << 14, 3 << 14, 1.0)
# Words together with the question that they answer, and with the Friends and Family rating.
ASKED = Block(4 << 14, 2 << 14, 1.0)
BLOCKS = (WORDS, PARTS, ASKED)
BUCKETS = 6 << 14


def features_of(text: str, question: str | None, rating: int | None) -> list[frozenset[int]]:
    """The buckets of a comment in each block, given what was asked and the rating (1 to 5), if known."""
    words = WORD.findall(fold_letters(text[:READ_CHARACTERS]))
    terms = [*words, *(f"{one} {following}" for one, following in pairwise(words))]
    contexts = (f"?{fold_letters(question or '')}|", f"={rating}|")
    asked = (f"{context}{term}" for context in contexts for term in ("", *terms))
    return [WORDS.hash_all(terms), PARTS.hash_all(parts_of(words)), ASKED.hash_all(asked)]


def fold_letters(text: str) -> str:
    """The text in lower case, without accents."""
    return "".join(filter(is_no_accent, unicodedata.normalize("NFKD", text.lower())))


def is_no_accent(character: str) -> bool:
    """Whether a character stands for itself."""
    return not unicodedata.combining(character)


def parts_of(words: Iterable[str]) -> set[str]:
    """Every part of 2 to 5 letters of each word, with a space at its edges."""
    edged = {f" {word} " for word in words}
    return {
        word[at : at + size] for word in edged for size in PART_LENGTHS for at in range(len(word) - size + 1)
    }
