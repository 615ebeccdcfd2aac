"""Counting verdicts: what witnessed ones say, the others apart, and in public nothing that tells few."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, get_args

from services.loop.verdicts.schemas import DidItHappen, Worth
from shared.disclosure import HELD, SMALL, Count, public_count, public_distribution, public_part, public_sum

Distribution = dict[str, Count] | None
ANSWERS = ("did_it_happen", "worth", "explained_well", "felt_heard")
OTHERS = "others"
CHOICES: Mapping[str, Sequence[object]] = {
    "did_it_happen": get_args(DidItHappen),
    "worth": get_args(Worth),
    OTHERS: get_args(DidItHappen),
} | dict.fromkeys(ANSWERS[2:], range(1, 6))


class Voice(Protocol):
    """A verdict as far as it counts; its answers are read by their names."""

    @property
    def witnessed(self) -> bool:
        """Whether it is witnessed."""

    @property
    def changes(self) -> int:
        """How often it was changed."""


@dataclass(frozen=True, slots=True)
class VerdictFigures:
    """Verdicts in numbers: how many, and how often each answer was given."""

    verdicts: Count
    witnessed: Count
    not_witnessed: Count
    changed: Count
    did_it_happen: Distribution
    worth: Distribution
    explained_well: Distribution
    felt_heard: Distribution
    others: Distribution


def own_figures(verdicts: Sequence[Voice]) -> VerdictFigures:
    """Verdicts in numbers, for the body that must answer."""
    witnessed, others = split_by_witness(verdicts)
    return VerdictFigures(
        verdicts=len(verdicts),
        witnessed=len(witnessed),
        not_witnessed=len(others),
        changed=sum(verdict.changes > 0 for verdict in verdicts),
        others=own_answers(others, "did_it_happen"),
        **{name: own_answers(witnessed, name) for name in ANSWERS},
    )


def public_figures(verdicts: Sequence[Voice], shown: Count, *, final: bool = True) -> VerdictFigures:
    """Verdicts in numbers, for the public; `shown` is their number as far as that is shown.

    Answers that the public could watch as they come would each be told by the change: they must be `final`.
    Where fewer than five verdicts are witnessed, or are not, all are counted with the larger part.
    """
    witnessed, others = split_by_witness(verdicts)
    is_told = final and isinstance(shown, int) and shown >= SMALL
    if min(len(witnessed), len(others)) < SMALL:
        large = len(witnessed) >= len(others)
        witnessed, others = (verdicts, []) if large else ([], verdicts)
    parts = [sum(v.witnessed for v in verdicts), sum(not v.witnessed for v in verdicts)]
    counts = [public_part(part, len(verdicts)) if is_told else held_back(verdicts) for part in parts]
    changed = sum(verdict.changes > 0 for verdict in verdicts)
    return VerdictFigures(
        verdicts=shown,
        witnessed=counts[0],
        not_witnessed=counts[1],
        changed=public_part(changed, len(verdicts)) if is_told else held_back(verdicts),
        others=public_answers(others, "did_it_happen") if is_told else None,
        **{name: public_answers(witnessed, name) if is_told else None for name in ANSWERS},
    )


def figures_of_loop(verdicts: Sequence[Voice], *, own: bool, closed: bool) -> VerdictFigures:
    """The verdicts on one loop in numbers: all for the body itself, for the public what may be told."""
    if own:
        return own_figures(verdicts)
    return public_figures(verdicts, public_count(len(verdicts)), final=closed)


def sum_figures(each: Sequence[VerdictFigures]) -> VerdictFigures:
    """The sum of figures as they are shown, so that it tells nothing that they do not."""
    return VerdictFigures(
        verdicts=public_sum([found.verdicts for found in each]),
        witnessed=public_sum([found.witnessed for found in each]),
        not_witnessed=public_sum([found.not_witnessed for found in each]),
        changed=public_sum([found.changed for found in each]),
        others=sum_answers(OTHERS, [found.others for found in each]),
        **{name: sum_answers(name, [getattr(found, name) for found in each]) for name in ANSWERS},
    )


def sum_answers(name: str, each: Sequence[Distribution]) -> Distribution:
    """How often each answer was given in all; None where nothing of it is shown."""
    if not any(each):
        return None
    choices = [str(choice) for choice in CHOICES[name]]
    return {
        choice: public_sum([answers[choice] if answers else HELD for answers in each]) for choice in choices
    }


def split_by_witness(verdicts: Sequence[Voice]) -> tuple[Sequence[Voice], Sequence[Voice]]:
    """The verdicts that are witnessed, and the others."""
    return [each for each in verdicts if each.witnessed], [each for each in verdicts if not each.witnessed]


def held_back(verdicts: Sequence[Voice]) -> Count:
    """A part of verdicts that the public does not see; of none there is nothing to hold back."""
    return HELD if verdicts else 0


def own_answers(verdicts: Sequence[Voice], name: str) -> Distribution:
    """How often each answer was given, for the body that must answer."""
    return {**count_answers(verdicts, name)}


def public_answers(verdicts: Sequence[Voice], name: str) -> Distribution:
    """How often each answer was given, as the public may see it; None where nobody gave one."""
    return public_distribution(count_answers(verdicts, name)) if verdicts else None


def count_answers(verdicts: Sequence[Voice], name: str) -> dict[str, int]:
    """How often each answer was given."""
    given = Counter(getattr(verdict, name) for verdict in verdicts)
    return {str(choice): given[choice] for choice in CHOICES[name]}
