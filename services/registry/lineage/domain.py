"""Where a footprint came from and what became of it, by walking from neighbour to neighbour in time."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies import queries as body_queries
from services.registry.bodies.domain import absent
from services.registry.bodies.errors import NotOpenYet
from services.registry.bodies.schemas import Codes
from services.registry.ledger.views import Edition, View
from services.registry.lineage import queries
from services.registry.lineage.queries import FootprintEdition, Link
from services.registry.lineage.schemas import (
    DeclaredLink,
    FootprintMeant,
    LineageEntry,
    LineageOut,
    Passed,
    Present,
)
from services.registry.lineage.trees import Trees, by_day, named_now, named_then, portions
from shared.clock import today
from shared.schemas import ref_parts

# Less than this is what rounding leaves of shares with four decimals.
SHARE_MIN = 0.001
OF_EDITION = ("id", "name", "kind", "codes", "edition", "valid_from", "valid_to", "residents")
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Entry:
    """One edition of a footprint, and how much of its residents it has in common with the one asked about."""

    edition: FootprintEdition
    relation: str
    share: float
    links: Sequence[Link] = field(default=())


def spread(links: Iterable[Link], start: UUID, after: date, until: date) -> dict[UUID, float]:
    """Return where the residents of a footprint were, some time after: footprint → share of them."""
    held = flow(links, start, after, until)
    return {each: round(share, 4) for each, share in held.items() if share >= SHARE_MIN}


def flow(links: Iterable[Link], start: UUID, after: date, until: date) -> dict[UUID, float]:
    """Return the same without leaving out those that are next to nobody."""
    held = {start: 1.0}
    for on_one_day in by_day([link for link in links if after < link.on <= until]):
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


def entry_of(edition: FootprintEdition, asked: FootprintEdition, links: Sequence[Link]) -> Entry | None:
    """Return what an edition is to the one asked about; None when they have nobody in common."""
    if edition.id == asked.id and edition.edition == asked.edition:
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
    session: AsyncSession, footprint: UUID, view: View, origins: Collection[UUID] = ()
) -> list[Entry]:
    """Return a footprint's editions, predecessors and successors up to a day, the newest first.

    With `origins` (the footprints that a place was in at first) only what leads from them to it.
    """
    links = await queries.links_around(session, [footprint], view)
    editions = await queries.editions(session, around(links, footprint), view)
    return walk(editions, links, footprint, origins)


def around(links: Iterable[Link], footprint: UUID) -> set[UUID]:
    """Return the ids of a footprint and of all that are linked around it."""
    return {footprint} | {each for link in links for each in (link.before, link.after)}


def walk(
    editions: Sequence[FootprintEdition], links: Sequence[Link], footprint: UUID, origins: Collection[UUID]
) -> list[Entry]:
    """Return the entries of a lineage from all that is around it."""
    asked = next(each for each in editions if each.id == footprint)
    passed = passed_through(editions, links, origins)
    kept = [
        each
        for each in entries_of(editions, asked, links)
        if not origins or (each.edition.id, each.edition.edition) in passed
    ]
    return in_order(kept)


def entries_of(
    editions: Sequence[FootprintEdition], asked: FootprintEdition, links: Sequence[Link]
) -> list[Entry]:
    """Return what each edition is to the one asked about."""
    return [found for each in editions if (found := entry_of(each, asked, links))]


def in_order(entries: Iterable[Entry]) -> list[Entry]:
    """Return entries, the newest first."""
    return sorted(
        entries, key=lambda each: (-each.edition.valid_from.toordinal(), -each.share, each.edition.name)
    )


def passed_through(
    editions: Sequence[FootprintEdition], links: Sequence[Link], origins: Collection[UUID]
) -> set[tuple[UUID, str]]:
    """Return the editions that residents of the origins came through."""
    found: set[tuple[UUID, str]] = set()
    for origin in origins:
        start = min((each.valid_from for each in editions if each.id == origin), default=date.min)
        for each in editions:
            if each.id in spread(links, origin, start, each.valid_from) and each.valid_from >= start:
                found.add((each.id, each.edition))
    return found


def told(given: Entry) -> LineageEntry:
    """Return an entry as it is told."""
    passed = [Passed(id=link.after, share=link.share, on=link.on, source=link.source) for link in given.links]
    return LineageEntry.model_validate(
        {
            **{name: getattr(given.edition, name) for name in OF_EDITION},
            "relation": given.relation,
            "share": given.share,
            "successors": passed,
        }
    )


async def lineage(session: AsyncSession, ref: str, edition: Edition | None, view: View) -> LineageOut:
    """Return where a footprint came from and what it is on a day; NotFound, or NotOpenYet, when it is none.

    Told is up to the day: what came later is not, except what is declared for days that are to come.
    """
    day = view.as_of
    footprint = await identify_footprint_in(session, ref, edition, view)
    links = await queries.links_around(session, [footprint], view)
    ids = around(links, footprint)
    editions = await queries.editions(session, ids, view, latest=date.max)
    asked = asked_about(editions, footprint, edition, day)
    grouped: dict[UUID, list[FootprintEdition]] = {}
    for each in editions:
        grouped.setdefault(each.id, []).append(each)
    trees = Trees(links, grouped, day)
    begun = [each for each in editions if each.valid_from <= day]
    successors, _ = trees.successors(asked.id, asked.valid_from, 1.0)
    return LineageOut(
        items=[told(each) for each in in_order(entries_of(begun, asked, links))],
        next=None,
        footprint=shown(asked),
        as_of=day,
        today=present(trees, asked),
        predecessors=trees.predecessors(asked.id, asked.valid_from, 1.0, 1.0),
        successors=successors,
        declared=declared(trees, asked),
    )


async def identify_footprint_in(session: AsyncSession, ref: str, edition: Edition | None, view: View) -> UUID:
    """Return the id that a reference means; NotFound when no footprint has or had the code there."""
    scheme, value = ref_parts(ref)
    if isinstance(value, UUID):
        return value
    if edition:
        found = await queries.body_in_edition(session, scheme, value, edition)
    else:
        found = await body_queries.body_with_code(session, scheme, value, view, "footprint")
    if found is None:
        raise absent("footprint")
    return found


def asked_about(
    editions: Sequence[FootprintEdition], footprint: UUID, edition: Edition | None, day: date
) -> FootprintEdition:
    """Return the edition that is asked about: the one named, else the latest by the day."""
    own = [each for each in editions if each.id == footprint and not each.withdrawn_at]
    if edition:
        own = [each for each in own if edition.lower() in (each.kind, each.edition.lower())]
    if not own:
        raise absent("footprint")
    begun = [each for each in own if each.valid_from <= day]
    if not begun:
        raise NotOpenYet
    return begun[0]


def shown(edition: FootprintEdition) -> FootprintMeant:
    """Return the footprint that was meant, as its edition began."""
    return FootprintMeant(
        id=edition.id, name=edition.name, kind=edition.kind, codes=Codes(ods=edition.ods, ons=edition.ons),
        valid_from=edition.opened_on, valid_to=edition.closed_on, demonstration=edition.demonstration,
        version=edition.version, edition=edition.edition,
    )  # fmt: skip


def present(trees: Trees, asked: FootprintEdition) -> list[Present]:
    """Return what a footprint is on the day up to which is told, the largest share first."""
    held = flow(trees.links, asked.id, asked.valid_from, trees.until)
    found = [
        Present(**named_now(trees.edition_on(each, trees.until)).model_dump(), share=round(share, 4))
        for each, share in held.items()
        if round(share, 4)
    ]
    return sorted(found, key=lambda each: (-each.share, each.name))


def declared(trees: Trees, asked: FootprintEdition) -> list[DeclaredLink]:
    """Return what was declared to become of it, after the day up to which is told and after today."""
    since = max(trees.until, today())
    held = flow(trees.links, asked.id, asked.valid_from, date.max)
    return [
        DeclaredLink(
            predecessor=link.before,
            successor=named_then(trees.edition_on(link.after, link.on)),
            on=link.on,
            kind=link.kind,
            share=link.share,
            source=link.source,
        )
        for link in trees.links
        if link.on > since and link.before in held
    ]
