"""How residents pass from footprint to footprint, day by day."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby
from uuid import UUID

from services.registry.lineage.queries import Link

CLOSING = "succeeded_by"
DAY = timedelta(days=1)
# Less than this is what rounding leaves of shares with four decimals.
SHARE_MIN = 0.001


def by_day(links: Iterable[Link]) -> Iterator[list[Link]]:
    """Yield the links of each day; they must be in order of days."""
    for _, on_one_day in groupby(links, key=lambda link: link.on):
        yield list(on_one_day)


def portions(leaving: Sequence[Link]) -> list[tuple[Link, float]]:
    """How much of a footprint's residents each of its links of one day takes.

    Where it closed they take all of them, whatever rounding left of the shares.
    """
    closing = sum(link.share for link in leaving if link.kind == CLOSING)
    staying = 1 - sum(link.share for link in leaving if link.kind != CLOSING)
    return [
        (link, link.share * staying / closing if closing and link.kind == CLOSING else link.share)
        for link in leaving
    ]


def flow(links: Iterable[Link], start: UUID, after: date, until: date) -> dict[UUID, float]:
    """Where the residents of a footprint were, some time after: footprint → share of them."""
    held = {start: 1.0}
    for on_one_day in by_day(link for link in links if after < link.on <= until):
        leaving = groupby(sorted(on_one_day, key=lambda link: link.before), key=lambda link: link.before)
        moves = [
            (link, held[before] * portion)
            for before, its_own in leaving
            if before in held
            for link, portion in portions(list(its_own))
        ]
        for link, moved in moves:
            held[link.before] -= moved
            held[link.after] = held.get(link.after, 0.0) + moved
    return held


def spread(links: Iterable[Link], start: UUID, after: date, until: date) -> dict[UUID, float]:
    """The same, rounded, without the footprints that next to nobody is in."""
    held = flow(links, start, after, until)
    return {each: round(share, 4) for each, share in held.items() if share >= SHARE_MIN}
