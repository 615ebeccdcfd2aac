"""Whose words a loop shows: those of who raised it, perhaps with cuts, or those of the body."""

from collections.abc import Mapping, Sequence
from typing import get_args

from services.loop.history.domain import Text, Texts, cover_texts
from services.loop.loops.schemas import CUT, Wording
from services.loop.models import Loop
from services.loop.records import HistoryText
from shared.events.loop import Worded
from shared.masking import Masked, mask_apart

WORDINGS: tuple[Worded, ...] = get_args(Worded)
# Cuts that leave less are another text.
KEPT_MIN = 0.5


def is_cut(first: str, now: str, length: int | None = None) -> bool:
    """Whether words are the first ones with pieces replaced by `[…]`, and at least half of them is left.

    Where the first ones have been cut before, `length` is theirs before that.
    """
    start, *rest = now.split(CUT)
    if not rest or not first.startswith(start) or not first.endswith(rest[-1]):
        return False
    place, stop = len(start), len(first) - len(rest[-1])
    for piece in rest[:-1]:
        found = first.find(piece, place, stop)
        if found < 0:
            return False
        place = found + len(piece)
    return place <= stop and len(start) + sum(map(len, rest)) >= KEPT_MIN * (length or len(first))


def compare_words(
    first: Mapping[str, str], now: Mapping[str, str], lengths: Mapping[str, int | None]
) -> Worded:
    """How the words of a loop differ from its first ones, or from those that were cut before."""
    changed = [(first[field], words, lengths.get(field)) for field, words in now.items()]
    changed = [each for each in changed if each[0] != each[1]]
    if not changed:
        return "as_raised"
    return "cut" if all(is_cut(*each) for each in changed) else "changed_by_the_body"


async def cover_wording(loop: Loop, new: Wording) -> dict[str, Text | None]:
    """A moderator's words where there are any, else the loop's, masked; the loop keeps its own."""
    words = words_shown(loop)
    if new.moderated:
        words |= {"loop.title": new.title or loop.title, "loop.you_said": new.you_said or loop.you_said}
    texts = await mask_apart(cover_texts, words)
    return {field: text and cut_text(text, new.cover) for field, text in texts.items()}


def cut_text(text: Text, passages: Sequence[str]) -> Text:
    """A text with cuts in the place of these passages, as if it had been written so."""
    cut = cut_passages(text.masked.text, passages)
    return text if cut == text.masked.text else Text(cut, Masked(cut, text.masked.kinds))


def cut_passages(words: str, passages: Sequence[str]) -> str:
    """Words with cuts in the place of these passages, the longest first."""
    for passage in sorted(passages, key=len, reverse=True):
        words = words.replace(passage, CUT)
    return words


def put_words(
    loop: Loop, new: Wording, words: Texts, first: Mapping[str, HistoryText], *, by_others: bool
) -> None:
    """Put a moderator's words in the place of a loop's, and note how they differ from the first ones.

    Nobody has agreed a summary in other words. What a body raised itself, it also words itself.
    """
    before = words_shown(loop)
    whole = {field: text.shown_text for field, text in first.items() if field in before and text.shown_text}
    known = before | whole
    shown = {field: text.masked.text for field, text in words.items() if text}
    loop.title, loop.you_said = shown["loop.title"], shown["loop.you_said"]
    if new.has_words:
        lengths = {field: text.length_when_cut for field, text in first.items()}
        found = compare_words(known, words_shown(loop), lengths)
        if found != "changed_by_the_body" and not known.keys() <= whole.keys():
            # The first words are gone, so nobody knows what they were.
            found = max(found, loop.wording, key=WORDINGS.index)
        is_other = WORDINGS.index(found) >= WORDINGS.index("changed_by_the_body")
        loop.you_said_agreed = "not_asked" if is_other else loop.you_said_agreed
        loop.wording = whose_words(loop, found, before, by_others=by_others) if is_other else found


def whose_words(loop: Loop, found: Worded, before: Mapping[str, str], *, by_others: bool) -> Worded:
    """Whose words those of a loop are that differ from its first ones; others may have cut the body's."""
    if not by_others:
        return "as_raised" if loop.is_own and found == "changed_by_the_body" else found
    now = compare_words(before, words_shown(loop), {})
    was_changed = loop.is_own or WORDINGS.index(loop.wording) >= WORDINGS.index("changed_by_the_body")
    if was_changed and now != "changed_by_the_body":
        return max(now, loop.wording, key=WORDINGS.index)
    return "changed_by_others"


def words_shown(loop: Loop) -> dict[str, str]:
    """The words of a loop under the names by which its history holds them."""
    return {"loop.title": loop.title, "loop.you_said": loop.you_said}
