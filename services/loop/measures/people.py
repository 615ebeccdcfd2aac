"""Figures about people as measures and boards show them."""

from services.loop.measures.schemas import DeclinesExplained, ToldOut
from services.loop.sums.adding import Cells
from services.loop.sums.people import DECLINED, sum_shown, sum_tables
from shared.disclosure import HELD, Count, public_sum

WELL = frozenset({"4", "5"})


def public_declines(cells: Cells) -> DeclinesExplained:
    """How many of the people who were told no found it explained well."""
    marks = sum_tables(cells, DECLINED)
    if marks is None:
        return DeclinesExplained(n=HELD if cells[f"{DECLINED}.tables"] else 0, well=None, share=None)
    n, well = (
        public_sum([count for mark, count in marks.items() if mark in marked]) for marked in (marks, WELL)
    )
    return DeclinesExplained(n=n, well=well, share=share_of_shown(well, n))


def public_told(cells: Cells) -> ToldOut:
    """How many people were told, and of how many; those who cannot be told are shown of whole groups only."""
    told, can, cannot = (sum_shown(cells, name) for name in ("told", "can", "cannot"))
    return ToldOut(told=told, reachable=can, unreachable=cannot, share=share_of_shown(told, can))


def share_of_shown(part: Count, whole: Count) -> float | None:
    """A part of a whole, rounded to four decimals; None unless both are shown."""
    return round(part / whole, 4) if isinstance(part, int) and isinstance(whole, int) and whole else None
