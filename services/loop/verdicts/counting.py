"""Counting verdicts: what witnessed ones say, the others apart, and in public nothing that tells few."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar, get_args

from services.loop.verdicts.schemas import DidItHappen, Worth
from shared.disclosure import HELD, SMALL, Count, public_distribution, public_part, public_result, public_sum
from shared.events.loop import State

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


class CodeVoice(Voice, Protocol):
    """A verdict, which another code of the same person may outrank."""

    @property
    def outranked(self) -> bool:
        """Whether another stands in its place."""


CodeVoiceT = TypeVar("CodeVoiceT", bound=CodeVoice)


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
    held: Count = 0 if shown == 0 else HELD
    counts = [public_part(part, len(verdicts)) if is_told else held for part in parts]
    changed = sum(verdict.changes > 0 for verdict in verdicts)
    return VerdictFigures(
        verdicts=shown,
        witnessed=counts[0],
        not_witnessed=counts[1],
        changed=public_part(changed, len(verdicts)) if is_told else held,
        others=public_answers(others, "did_it_happen") if is_told else None,
        **{name: public_answers(witnessed, name) if is_told else None for name in ANSWERS},
    )


def counted_verdicts(given: Sequence[CodeVoiceT], state: State) -> Sequence[CodeVoiceT]:
    """The verdicts that count: while people vote one of each code, after that one of each person.

    Otherwise who holds one code of somebody would see in the numbers whether another had voted.
    """
    return given if state == "verdict_open" else [each for each in given if not each.outranked]


def is_running(state: State, *, own: bool) -> bool:
    """Whether others than the body see nothing yet, because each verdict would be told by the change."""
    return state == "verdict_open" and not own


def figures_of_loop(verdicts: Sequence[Voice], *, own: bool, state: State) -> VerdictFigures:
    """The verdicts on one loop in numbers: all for the body itself, for the public what may be told."""
    if own:
        return own_figures(verdicts)
    return public_figures(verdicts, public_number(len(verdicts), state), final=state == "closed")


def public_number(count: int, state: State) -> Count:
    """How many people gave a verdict as the public may see it; that nobody did tells of each of a few."""
    if state == "verdict_open":
        return HELD
    if count == 0 and state != "closed":
        return 0  # Nobody has been asked yet.
    return public_result(count)


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
