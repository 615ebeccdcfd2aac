"""How residents pass from footprint to footprint, day by day."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
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


def portions(links: Iterable[Link]) -> dict[Link, float]:
    """How much of a footprint's residents each link takes; all links that leave it on a day must be there.

    Where it closed they take all of them, whatever rounding left of the shares.
    """
    found = {link: link.share for link in links}
    leaving: dict[tuple[UUID, date], list[Link]] = defaultdict(list)
    for link in found:
        leaving[link.before, link.on].append(link)
    for together in leaving.values():
        closing = [link for link in together if link.kind == CLOSING]
        rest = 1 - sum(link.share for link in together if link.kind != CLOSING)
        if whole := sum(link.share for link in closing):
            found |= {link: link.share * rest / whole for link in closing}
    return found


def flow(links: Iterable[Link], start: UUID, after: date, until: date) -> dict[UUID, float]:
    """Where the residents of a footprint were, some time after: footprint → share of them."""
    held = {start: 1.0}
    portion = portions(link for link in links if after < link.on <= until)
    for on_one_day in by_day(portion):
        moves = [(link, held[link.before] * portion[link]) for link in on_one_day if link.before in held]
        for link, moved in moves:
            held[link.before] -= moved
            held[link.after] = held.get(link.after, 0.0) + moved
    return held


def spread(links: Iterable[Link], start: UUID, after: date, until: date) -> dict[UUID, float]:
    """The same, rounded, without the footprints that next to nobody is in."""
    held = flow(links, start, after, until)
    return {each: round(share, 4) for each, share in held.items() if share >= SHARE_MIN}
