"""Counting verdicts: what witnessed ones say, the others apart, and in public without small numbers."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Protocol, get_args

from services.loop.verdicts.schemas import DidItHappen, Worth
from shared.disclosure import public_count, public_distribution, public_parts

Count = int | str
ANSWERS = ("did_it_happen", "worth", "explained_well", "felt_heard")
CHOICES: Mapping[str, Sequence[object]] = {
    "did_it_happen": get_args(DidItHappen),
    "worth": get_args(Worth),
} | dict.fromkeys(ANSWERS[2:], range(1, 6))


class Voice(Protocol):
    """A verdict as far as it counts; its answers are read by their names."""

    @property
    def witnessed(self) -> bool:
        """Whether it is witnessed."""

    @property
    def changes(self) -> int:
        """How often it was changed."""


def verdict_parts(verdicts: Sequence[Voice], *, own: bool) -> dict[str, Count]:
    """How many verdicts are witnessed, and how many are not."""
    witnessed = sum(verdict.witnessed for verdict in verdicts)
    counts = {"witnessed": witnessed, "not_witnessed": len(verdicts) - witnessed}
    return dict(counts) if own else public_parts(counts)


def count_changed(verdicts: Sequence[Voice], *, own: bool) -> Count:
    """How many verdicts were changed after they were given."""
    changed = sum(verdict.changes > 0 for verdict in verdicts)
    counts = {"changed": changed, "unchanged": len(verdicts) - changed}
    return changed if own else public_parts(counts)["changed"]


def count_verdicts(verdicts: Sequence[Voice], *, own: bool) -> dict[str, Count]:
    """How many verdicts there are, and how many of them are witnessed, and were changed."""
    total = len(verdicts) if own else public_count(len(verdicts))
    return {"verdicts": total, "changed": count_changed(verdicts, own=own)} | verdict_parts(verdicts, own=own)


def count_witnessed(verdicts: Sequence[Voice], name: str, *, own: bool) -> dict[str, Count] | None:
    """How often witnessed verdicts gave each answer; in public nothing that would tell a small number."""
    return count_answers(verdicts, name, witnessed=True, own=own)


def count_others(verdicts: Sequence[Voice], *, own: bool) -> dict[str, Count] | None:
    """What the verdicts that are not witnessed say of whether it happened."""
    return count_answers(verdicts, "did_it_happen", witnessed=False, own=own)


def count_answers(
    verdicts: Sequence[Voice], name: str, *, witnessed: bool, own: bool
) -> dict[str, Count] | None:
    """How often each answer was given in one part; None in public while the size of the part is held back."""
    given = Counter(getattr(each, name) for each in verdicts if each.witnessed is witnessed)
    counts = {str(choice): given[choice] for choice in CHOICES[name]}
    if own:
        return dict(counts)
    part = verdict_parts(verdicts, own=False)["witnessed" if witnessed else "not_witnessed"]
    return public_distribution(counts) if isinstance(part, int) else None
