"""Where a footprint came from and what became of it, by walking from neighbour to neighbour in time."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies.schemas import named
from services.registry.lineage import queries
from services.registry.lineage.queries import Link
from services.registry.lineage.schemas import LineageEntry, Passed

# Less than this is what rounding leaves of shares with four decimals.
SHARE_MIN = 0.001
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Entry:
    """One edition of a footprint, and how much of its residents it has in common with the one asked about."""

    edition: Any
    relation: str
    share: float
    links: Sequence[Link] = field(default=())


def spread(links: Iterable[Link], start: UUID, after: date, until: date) -> dict[UUID, float]:
    """Return where the residents of a footprint were, some time after: footprint → share of them."""
    held = {start: 1.0}
    wanted = (link for link in links if after < link.on <= until)
    for _, on_one_day in groupby(wanted, key=lambda link: link.on):
        moves = [(link, held[link.before] * link.share) for link in on_one_day if link.before in held]
        for link, moved in moves:
            held[link.before] -= moved
            held[link.after] = held.get(link.after, 0.0) + moved
    return {each: round(share, 4) for each, share in held.items() if share >= SHARE_MIN}


def entry_of(edition: Any, asked: Any, links: Sequence[Link]) -> Entry | None:
    """Return what an edition is to the one asked about; None when they have nobody in common."""
    if edition.id == asked.id and edition.scheme == asked.scheme:
        relation, share = "this", 1.0
    elif edition.valid_from < asked.valid_from:
        relation = "predecessor"
        share = spread(links, edition.id, edition.valid_from, asked.valid_from).get(asked.id, 0.0)
    else:
        relation = "successor"
        share = spread(links, asked.id, asked.valid_from, edition.valid_from).get(edition.id, 0.0)
    if not share:
        return None
    ends = (edition.valid_to or date.max - DAY) + DAY
    own = [link for link in links if link.before == edition.id and edition.valid_from < link.on <= ends]
    return Entry(edition, relation, share, own)


async def lineage_of(
    session: AsyncSession, footprint: UUID, as_of: date, origins: Collection[UUID] = ()
) -> list[Entry]:
    """Return a footprint's editions, predecessors and successors up to a day, the newest first.

    With `origins` (the footprints that a place was in at first) only what leads from them to it.
    """
    links = await queries.links_around(session, [footprint])
    ids = {footprint} | {each for link in links for each in (link.before, link.after)}
    editions = await queries.editions(session, ids, as_of)
    return walk(editions, links, footprint, origins)


def walk(
    editions: Sequence[Any], links: Sequence[Link], footprint: UUID, origins: Collection[UUID]
) -> list[Entry]:
    """Return the entries of a lineage from all that is around it."""
    asked = next(each for each in editions if each.id == footprint)
    passed = passed_through(editions, links, origins)
    found = (entry_of(each, asked, links) for each in editions)
    kept = [
        each for each in found if each and (not origins or (each.edition.id, each.edition.scheme) in passed)
    ]
    return sorted(
        kept, key=lambda each: (-each.edition.valid_from.toordinal(), -each.share, each.edition.name)
    )


def passed_through(
    editions: Sequence[Any], links: Sequence[Link], origins: Collection[UUID]
) -> set[tuple[UUID, str]]:
    """Return the editions that residents of the origins came through."""
    found: set[tuple[UUID, str]] = set()
    for origin in origins:
        start = min((each.valid_from for each in editions if each.id == origin), default=date.min)
        for each in editions:
            if each.id in spread(links, origin, start, each.valid_from) and each.valid_from >= start:
                found.add((each.id, each.scheme))
    return found


def told(given: Entry) -> LineageEntry:
    """Return an entry as it is told."""
    passed = [Passed(id=link.after, share=link.share, on=link.on, source=link.source) for link in given.links]
    return LineageEntry(**named(given.edition), relation=given.relation, share=given.share, successors=passed)
