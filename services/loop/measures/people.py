"""Figures about people as the public may see them: sums of tables that are final (docs/decisions/0028)."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date
from itertools import chain
from uuid import UUID

from services.loop.measures.facts import LoopKey, ToldRow, VerdictRow
from services.loop.measures.periods import quarter_of
from services.loop.measures.schemas import DeclinesExplained, ToldOut
from services.loop.models import DECLINES
from services.loop.verdicts.counting import VerdictFigures, public_figures, sum_answers
from shared.clock import day_in_england
from shared.disclosure import HELD, SMALL, Count, public_distribution, public_result, public_sum, public_total

WELL = frozenset({"4", "5"})
Group = tuple[UUID | None, UUID | None, date | None, bool]


def group_of(loop: LoopKey) -> Group:
    """What small loops must have in common to be counted together."""
    quarter = quarter_of(day_in_england(loop.closed_at)) if loop.closed_at else None
    return loop.organisation_id, loop.footprint_id, quarter, loop.answer in DECLINES


def public_tables(verdicts: Sequence[VerdictRow]) -> list[VerdictFigures]:
    """Figures of each loop with five verdicts or more, and of all smaller loops of a group together."""
    by_loop: defaultdict[LoopKey, list[VerdictRow]] = defaultdict(list)
    for verdict in verdicts:
        by_loop[verdict.loop].append(verdict)
    small: defaultdict[Group, list[list[VerdictRow]]] = defaultdict(list)
    for loop, given in by_loop.items():
        if len(given) < SMALL:
            small[group_of(loop)].append(given)
    large = [public_figures(given, len(given)) for given in by_loop.values() if len(given) >= SMALL]
    return large + [
        public_figures(list(chain(*loops)), public_total([len(given) for given in loops]))
        for loops in small.values()
    ]


def public_declines(declined: Sequence[VerdictRow]) -> DeclinesExplained:
    """How many of the people who were told no found it explained well."""
    marks = sum_answers("explained_well", [each.explained_well for each in public_tables(declined)])
    if marks is None:
        return DeclinesExplained(n=HELD if declined else 0, well=None, share=None)
    n, well = (
        public_sum([count for mark, count in marks.items() if mark in marked]) for marked in (marks, WELL)
    )
    return DeclinesExplained(n=n, well=well, share=share_of_shown(well, n))


def public_told(rows: Sequence[ToldRow]) -> ToldOut:
    """How many people were told, and of how many; those who cannot be told are shown of whole groups only."""
    groups: defaultdict[Group, Counter[str]] = defaultdict(Counter)
    for each in rows:
        groups[group_of(each.loop)].update(can=each.can, cannot=each.cannot)
    tables = [
        public_distribution({"can": group["can"], "cannot": group["cannot"]}) for group in groups.values()
    ]
    can, cannot = (
        public_sum([table[name] if table else HELD for table in tables]) for name in ("can", "cannot")
    )
    total = public_sum([public_result(each.told) for each in rows])
    return ToldOut(told=total, reachable=can, unreachable=cannot, share=share_of_shown(total, can))


def share_of_shown(part: Count, whole: Count) -> float | None:
    """A part of a whole, rounded to four decimals; None unless both are shown."""
    return round(part / whole, 4) if isinstance(part, int) and isinstance(whole, int) and whole else None
