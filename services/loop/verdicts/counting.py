"""Counting verdicts: what witnessed ones say, the others apart, and in public nothing that tells few."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar, get_args

from services.loop.verdicts.schemas import DidItHappen, Worth
from shared.disclosure import FEWER, HELD, SMALL, Count, public_distribution, public_result
from shared.events.loop import State

Distribution = Mapping[str, Count] | None
ANSWERS = ("did_it_happen", "worth", "explained_well", "felt_heard")
WITNESSED, OTHERS = "witnessed", "others"
PARTS = (WITNESSED, OTHERS)
# Numbers of verdicts by `witnessed`, `others`, `changed`, and by part, question and answer between dots.
Voices = Counter[str]
CHOICES: Mapping[str, Sequence[object]] = {
    "did_it_happen": get_args(DidItHappen),
    "worth": get_args(Worth),
    OTHERS: get_args(DidItHappen),
} | dict.fromkeys(ANSWERS[2:], range(1, 6))
# Each answer with the name under which a part of the verdicts is counted that gives it.
NAMES: Mapping[tuple[str, str], Sequence[tuple[str, str]]] = {
    (part, name): [(str(answer), f"{part}.{name}.{answer}") for answer in CHOICES[name]]
    for part in PARTS
    for name in ANSWERS
}


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


def count_voices(verdicts: Iterable[Voice]) -> Voices:
    """How many verdicts are witnessed, how many are not or were changed, and what each part answers."""
    found: Voices = Counter()
    for verdict in verdicts:
        part = WITNESSED if verdict.witnessed else OTHERS
        found[part] += 1
        found["changed"] += verdict.changes > 0
        for name in ANSWERS:
            if (answer := getattr(verdict, name)) is not None:
                found[f"{part}.{name}.{answer}"] += 1
    return found


def own_figures(voices: Voices) -> VerdictFigures:
    """Verdicts in numbers, for the body that must answer."""
    return VerdictFigures(
        verdicts=voices[WITNESSED] + voices[OTHERS],
        witnessed=voices[WITNESSED],
        not_witnessed=voices[OTHERS],
        changed=voices["changed"],
        others=count_answers(voices, (OTHERS,), "did_it_happen"),
        **{name: count_answers(voices, (WITNESSED,), name) for name in ANSWERS},
    )


def public_part(part: int, whole: int) -> Count:
    """A part of a whole that is shown: exact if it and the rest are 5 or more; a whole below 10 has none."""
    if whole < 2 * SMALL:
        return HELD if whole else 0
    if part < SMALL:
        return FEWER
    return part if whole - part >= SMALL else HELD


def public_figures(voices: Voices, shown: Count, *, final: bool = True) -> VerdictFigures:
    """Verdicts in numbers, for the public; `shown` is their number as far as that is shown.

    Answers that the public could watch as they come would each be told by the change: they must be `final`.
    Where fewer than five verdicts are witnessed, or are not, all are counted with the larger part.
    """
    parts = [voices[WITNESSED], voices[OTHERS]]
    total, witnessed, others = sum(parts), [WITNESSED], [OTHERS]
    is_told = final and isinstance(shown, int) and shown >= SMALL
    if min(parts) < SMALL:
        witnessed, others = ([*PARTS], []) if parts[0] >= parts[1] else ([], [*PARTS])
    held: Count = 0 if shown == 0 else HELD
    counts = [public_part(part, total) if is_told else held for part in parts]
    return VerdictFigures(
        verdicts=shown,
        witnessed=counts[0],
        not_witnessed=counts[1],
        changed=public_part(voices["changed"], total) if is_told else held,
        others=public_answers(voices, others, "did_it_happen") if is_told else None,
        **{name: public_answers(voices, witnessed, name) if is_told else None for name in ANSWERS},
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
    voices = count_voices(verdicts)
    if own:
        return own_figures(voices)
    return public_figures(voices, public_number(len(verdicts), state), final=state == "closed")


def public_number(count: int, state: State) -> Count:
    """How many people gave a verdict as the public may see it; that nobody did tells of each of a few."""
    if state == "verdict_open":
        return HELD
    if count == 0 and state != "closed":
        return 0  # Nobody has been asked yet.
    return public_result(count)


def public_answers(voices: Voices, parts: Sequence[str], name: str) -> Distribution:
    """How often each answer was given, as the public may see it; None where nobody gave one."""
    given = any(voices[part] for part in parts)
    return public_distribution(count_answers(voices, parts, name)) if given else None


def count_answers(voices: Voices, parts: Sequence[str], name: str) -> dict[str, int]:
    """How often each answer was given in these parts of the verdicts."""
    found = {answer: 0 for answer, _ in NAMES[parts[0], name]} if parts else {}
    for part in parts:
        for answer, cell in NAMES[part, name]:
            found[answer] += voices[cell]
    return found
