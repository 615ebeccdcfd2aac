"""Where a footprint came from and what became of it, by walking from neighbour to neighbour in time."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies.domain import absent
from services.registry.bodies.errors import NotOpenYet
from services.registry.bodies.queries import body_with_code
from services.registry.bodies.schemas import BodyNamed
from services.registry.ledger.views import Codes, Edition, View
from services.registry.lineage import queries
from services.registry.lineage.flows import DAY, flow, spread
from services.registry.lineage.queries import FootprintEdition, Link
from services.registry.lineage.schemas import (
    DeclaredLink,
    FootprintMeant,
    LineageEntry,
    LineageOut,
    Passed,
    Present,
)
from services.registry.lineage.trees import Trees
from shared.clock import today
from shared.schemas import ref_parts


@dataclass(frozen=True, slots=True)
class Entry:
    """One edition of a footprint, and how much of its residents it has in common with the one asked about.

    `links`: what passed from it to its neighbours in time.
    """

    edition: FootprintEdition
    relation: Literal["this", "predecessor", "successor"]
    share: float
    links: Sequence[Link] = ()


async def lineage_of(
    session: AsyncSession, footprint: UUID, view: View, origins: Collection[UUID] = ()
) -> list[Entry]:
    """A footprint's editions, predecessors and successors up to a day, the newest first.

    With `origins` (the footprints that a place was in at first) only what leads from them to it.
    """
    links = await queries.links_around(session, [footprint], view)
    editions = await queries.editions(session, ids_around(links, footprint), view)
    asked = next(each for each in editions if each.id == footprint)
    entries = entries_of(editions, asked, links)
    if not origins:
        return entries
    passed = editions_from(origins, editions, links)
    return [each for each in entries if each.edition in passed]


def ids_around(links: Iterable[Link], footprint: UUID) -> set[UUID]:
    """The ids of a footprint and of all that are linked around it."""
    return {footprint} | {each for link in links for each in (link.before, link.after)}


def entries_of(
    editions: Iterable[FootprintEdition], asked: FootprintEdition, links: Sequence[Link]
) -> list[Entry]:
    """What each edition is to the one asked about, the newest first; only those with residents in common."""
    entries = [entry_of(each, asked, links) for each in editions]
    return sorted(
        (each for each in entries if each.share),
        key=lambda each: (-each.edition.valid_from.toordinal(), -each.share, each.edition.name),
    )


def entry_of(edition: FootprintEdition, asked: FootprintEdition, links: Sequence[Link]) -> Entry:
    """What an edition is to the one asked about."""
    ends = (edition.valid_to or date.max - DAY) + DAY
    own = [link for link in links if link.before == edition.id and edition.valid_from < link.on <= ends]
    if edition.id == asked.id and edition.edition == asked.edition:
        return Entry(edition, "this", 1.0, own)
    if edition.valid_from < asked.valid_from:
        held = spread(links, edition.id, edition.valid_from, asked.valid_from)
        return Entry(edition, "predecessor", held.get(asked.id, 0.0), own)
    held = spread(links, asked.id, asked.valid_from, edition.valid_from)
    return Entry(edition, "successor", held.get(edition.id, 0.0), own)


def editions_from(
    origins: Iterable[UUID], editions: Sequence[FootprintEdition], links: Sequence[Link]
) -> set[FootprintEdition]:
    """The editions that residents of some footprints came through."""
    found: set[FootprintEdition] = set()
    for origin in origins:
        start = min((each.valid_from for each in editions if each.id == origin), default=date.min)
        found |= {
            each
            for each in editions
            if each.valid_from >= start and each.id in spread(links, origin, start, each.valid_from)
        }
    return found


def entry_view(entry: Entry) -> LineageEntry:
    """An entry as it is shown."""
    return LineageEntry(
        **dict(BodyNamed.model_validate(entry.edition)),
        edition=entry.edition.edition,
        valid_from=entry.edition.valid_from,
        valid_to=entry.edition.valid_to,
        residents=entry.edition.residents,
        relation=entry.relation,
        share=entry.share,
        successors=[
            Passed(id=link.after, share=link.share, on=link.on, source=link.source) for link in entry.links
        ],
    )


async def lineage_view(session: AsyncSession, ref: str, edition: Edition | None, view: View) -> LineageOut:
    """Where a footprint came from and what it is on a day; NotFound, or NotOpenYet, when it is none.

    What came after the day is left out, except what is declared for days to come.
    """
    footprint = await identify_footprint(session, ref, edition, view)
    links = await queries.links_around(session, [footprint], view)
    editions = await queries.editions(session, ids_around(links, footprint), view, latest=date.max)
    asked = edition_asked_about(editions, footprint, edition, view.as_of)
    by_body: dict[UUID, list[FootprintEdition]] = defaultdict(list)
    for each in editions:
        by_body[each.id].append(each)
    trees = Trees(links, by_body, view.as_of)
    begun = [each for each in editions if each.valid_from <= view.as_of]
    successors, _ = trees.successors(asked.id, asked.valid_from, 1.0)
    return LineageOut(
        items=[entry_view(each) for each in entries_of(begun, asked, links)],
        next=None,
        footprint=footprint_view(asked),
        as_of=view.as_of,
        today=present_view(trees, asked),
        predecessors=trees.predecessors(asked.id, asked.valid_from, 1.0, 1.0),
        successors=successors,
        declared=declared_view(trees, asked),
    )


async def identify_footprint(session: AsyncSession, ref: str, edition: Edition | None, view: View) -> UUID:
    """The id that a reference means; NotFound when no footprint has or had the code there."""
    scheme, value = ref_parts(ref)
    if isinstance(value, UUID):
        return value
    if edition:
        found = await queries.body_in_edition(session, scheme, value, edition, view)
    else:
        found = await body_with_code(session, scheme, value, view, "footprint")
    if found is None:
        raise absent("footprint")
    return found


def edition_asked_about(
    editions: Iterable[FootprintEdition], footprint: UUID, edition: Edition | None, day: date
) -> FootprintEdition:
    """The edition that a request names; without a name, the latest by the day."""
    own = [each for each in editions if each.id == footprint and not each.withdrawn_at]
    if edition:
        own = [each for each in own if edition.lower() in (each.kind, each.edition.lower())]
    if not own:
        raise absent("footprint")
    begun = [each for each in own if each.valid_from <= day]
    if not begun:
        raise NotOpenYet
    return begun[0]


def footprint_view(asked: FootprintEdition) -> FootprintMeant:
    """The footprint that is asked about, as its edition began."""
    return FootprintMeant(
        **dict(BodyNamed.model_validate(asked)),
        valid_from=asked.opened_on,
        valid_to=asked.closed_on,
        demonstration=asked.demonstration,
        version=asked.version,
        edition=asked.edition,
    )


def present_view(trees: Trees, asked: FootprintEdition) -> list[Present]:
    """What a footprint is on the day up to which the trees reach, the largest share first."""
    found = []
    for body, held in flow(trees.links, asked.id, asked.valid_from, trees.until).items():
        if share := round(held, 4):
            now = trees.edition_on(body, trees.until)
            name, codes = now.name_now or now.name, Codes(now.ods_now, now.ons_now)
            found.append(Present(id=body, name=name, kind=now.kind, codes=codes, share=share))
    return sorted(found, key=lambda each: (-each.share, each.name))


def declared_view(trees: Trees, asked: FootprintEdition) -> list[DeclaredLink]:
    """What is declared to become of it, after the day up to which the trees reach and after today."""
    since = max(trees.until, today())
    held = flow(trees.links, asked.id, asked.valid_from, date.max)
    return [
        DeclaredLink(
            predecessor=link.before,
            successor=BodyNamed.model_validate(trees.edition_on(link.after, link.on)),
            on=link.on,
            kind=link.kind,
            share=link.share,
            source=link.source,
        )
        for link in trees.links
        if link.on > since and link.before in held
    ]
