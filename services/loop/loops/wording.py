"""Whose words a loop shows: those of who raised it, perhaps with cuts, or those of the body."""

from collections.abc import Mapping, Sequence
from typing import get_args

from services.loop.history.domain import Text, Texts, cover_texts
from services.loop.loops.schemas import CUT, Wording
from services.loop.models import Loop
from shared.events.loop import Worded
from shared.masking import Masked, mask_apart

WORDINGS: tuple[Worded, ...] = get_args(Worded)
# Cuts that leave less are another text.
KEPT_MIN = 0.5


def is_cut(first: str, now: str) -> bool:
    """Whether words are the first ones with pieces replaced by `[…]`, and at least half of them is left."""
    start, *rest = now.split(CUT)
    if not rest or not first.startswith(start) or not first.endswith(rest[-1]):
        return False
    place, stop = len(start), len(first) - len(rest[-1])
    for piece in rest[:-1]:
        found = first.find(piece, place, stop)
        if found < 0:
            return False
        place = found + len(piece)
    return place <= stop and len(start) + sum(map(len, rest)) >= KEPT_MIN * len(first)


def compare_words(first: Mapping[str, str], now: Mapping[str, str]) -> Worded:
    """How the words of a loop differ from its first ones."""
    changed = [(first[field], words) for field, words in now.items() if words != first[field]]
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
    loop: Loop, new: Wording, words: Texts, first: Mapping[str, str], *, by_others: bool = False
) -> None:
    """Put a moderator's words in the place of a loop's, and note how they differ from the first ones.

    Nobody has agreed a summary in other words. What a body raised itself, it also words itself.
    """
    known = words_shown(loop) | {field: first[field] for field in words_shown(loop).keys() & first.keys()}
    shown = {field: text.masked.text for field, text in words.items() if text}
    loop.title, loop.you_said = shown["loop.title"], shown["loop.you_said"]
    if new.has_words:
        found = compare_words(known, words_shown(loop))
        if found != "changed_by_the_body" and not known.keys() <= first.keys():
            # The first words are gone, so nobody knows how much of them is left.
            found = max(found, loop.wording, key=WORDINGS.index)
        is_other = found == "changed_by_the_body"
        loop.you_said_agreed = "not_asked" if is_other else loop.you_said_agreed
        loop.wording = found
        if is_other and by_others:
            loop.wording = "changed_by_others"
        elif is_other and loop.is_own:
            loop.wording = "as_raised"


def words_shown(loop: Loop) -> dict[str, str]:
    """The words of a loop under the names by which its history holds them."""
    return {"loop.title": loop.title, "loop.you_said": loop.you_said}
