"""Plain words: those for states and answers, and whether a text that people write holds any.

Feeds and reply codes say the same. A code such as `verdict_open` is for machines: no sentence shows one.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from pydantic import AfterValidator

# What stands for all to read, or takes away what others said, needs so many words that say why.
WORDS_OF_AN_EXCUSE = 3
# Of the words that a text needs, so many in a hundred must differ.
DIFFERENT_PERCENT = 75
WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


class StateWords(NamedTuple):
    """What a state is called in a title, and what it means for those who spoke."""

    title: str
    meaning: str


STATES: Mapping[str, StateWords] = {
    "draft": StateWords("drafted", "It is in a loop that the body has drafted. They have not answered yet."),
    "open": StateWords(
        "not acknowledged yet",
        "It is in a loop that everybody can see. The body has not acknowledged it yet.",
    ),
    "acknowledged": StateWords("acknowledged", "The body has acknowledged it. It has not decided yet."),
    "considering": StateWords(
        "being considered", "The body is considering what to do. It has not decided yet."
    ),
    "decided": StateWords(
        "decided",
        "The body has decided. It has not yet promised what it will do and by when.",
    ),
    "committed": StateWords("promised", "The body has promised what it will do, and by when."),
    "in_progress": StateWords("being worked on", "The body is working on what it has promised."),
    "change_claimed": StateWords(
        "said to be done", "The body says that something has changed. Somebody will verify that."
    ),
    "evidence_check": StateWords("being verified", "What the body says has changed is being verified."),
    "telling": StateWords("people are being told", "The people who said it are being told what came of it."),
    "verdict_open": StateWords(
        "people give their verdict",
        "The people who said it have been told. Give your verdict: did it happen, is it better?",
    ),
    "contested": StateWords(
        "contested",
        "The people who were told say that it did not happen. The body must take it up again.",
    ),
    "closed": StateWords("closed", "It is closed."),
    "confirmed": StateWords(
        "closed: people confirm it", "It is closed. The people who were told say that it happened."
    ),
    "unconfirmed": StateWords(
        "closed: too few people answered", "It is closed. Too few people said whether it happened."
    ),
    "disputed": StateWords("closed: people disagree", "It is closed. People do not agree that it happened."),
    "declined": StateWords("closed: declined", "It is closed. The body decided not to do it, and said why."),
}
# Each stands after "the body".
ANSWERS: Mapping[str, str] = {
    "will_do": "will do it",
    "will_do_part": "will do part of it",
    "will_explore": "will first explore what it can do",
    "cannot": "cannot do it",
    "will_not": "will not do it",
    "already_done": "has already done it",
}


def says_little(text: str | None, least: int) -> bool:
    """Whether a text has too few words, counting no lone letters, no "aaaa", and no word again and again."""
    real = [word for word in WORD.findall((text or "").casefold()) if is_word(word)]
    return len(real) < least or 100 * len(set(real)) < DIFFERENT_PERCENT * least


def is_word(letters: str) -> bool:
    """Whether letters or digits can be a word: not one letter alone or repeated, as in "a-a"."""
    return letters.isdigit() or letters in {"a", "i"} or len(set(filter(str.isalnum, letters))) > 1


def at_least(count: int) -> AfterValidator:
    """The check of a field that it says something: in so many words, not in digits or lone letters alone.

    A field that fails it is not valid, and the problem names it.
    """

    def check(text: str) -> str:
        if says_little(text, count) or not any(
            len(set(filter(str.isalpha, each.casefold()))) > 1 for each in WORD.findall(text)
        ):
            raise ValueError(f"must say something in words ({count} or more, no repeats or lone letters)")
        return text

    return AfterValidator(check)
