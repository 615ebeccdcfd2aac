"""The plain words for the states of a loop and the answers of a body: feeds and reply codes say the same.

A code such as `verdict_open` is for machines: no sentence shows one.
"""

from collections.abc import Mapping
from typing import NamedTuple


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
