"""Where a footprint came from and what became of it, by walking from neighbour to neighbour in time."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from itertools import groupby
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies.domain import absent, identify_body
from services.registry.bodies.errors import NotOpenYet
from services.registry.bodies.queries import bodies_on
from services.registry.bodies.schemas import body_fields
from services.registry.ledger.views import Edition, View
from services.registry.lineage import queries, schemas
from services.registry.lineage.flows import DAY, flow, spread
from services.registry.lineage.queries import FootprintEdition, Link
from services.registry.lineage.schemas import LineageEntry
from services.registry.lineage.trees import Trees
from shared.clock import today
from shared.schemas import ref_parts


async def lineage_of(
    session: AsyncSession, footprint: UUID, view: View, origins: Collection[UUID] = ()
) -> list[LineageEntry]:
    """A footprint's editions, predecessors and successors up to a day, the newest first.

    With `origins` (the footprints that a place was in at first) only what leads from them to it.
    """
    editions, links = await queries.editions_around(session, footprint, view)
    begun = [each for each in editions if each.valid_from <= view.as_of]
    asked = next(each for each in begun if each.id == footprint)
    return entries_of(editions_from(origins, begun, links) if origins else begun, asked, links)


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


def entries_of(
    editions: Iterable[FootprintEdition], asked: FootprintEdition, links: Sequence[Link]
) -> list[LineageEntry]:
    """What each edition is to the one asked about, the newest first; only those with residents in common."""
    entries = [entry for each in editions if (entry := entry_of(each, asked, links)).share]
    return sorted(entries, key=lambda each: (-each.valid_from.toordinal(), -each.share, each.name))


def entry_of(edition: FootprintEdition, asked: FootprintEdition, links: Sequence[Link]) -> LineageEntry:
    """What an edition is to the one asked about."""
    ends = (edition.valid_to or date.max - DAY) + DAY
    own = [link for link in links if link.before == edition.id and edition.valid_from < link.on <= ends]
    relation, share = "this", 1.0
    if edition.valid_from < asked.valid_from:
        held = spread(links, edition.id, edition.valid_from, asked.valid_from)
        relation, share = "predecessor", held.get(asked.id, 0.0)
    elif (edition.id, edition.edition) != (asked.id, asked.edition):
        held = spread(links, asked.id, asked.valid_from, edition.valid_from)
        relation, share = "successor", held.get(edition.id, 0.0)
    beside = {"codes": edition.codes, "relation": relation, "share": share}
    passed = [{"id": link.after, **link._asdict()} for link in own]
    return LineageEntry.model_validate(edition._asdict() | beside | {"successors": passed})


async def lineage_view(
    session: AsyncSession, ref: str, edition: Edition | None, view: View
) -> schemas.LineageOut:
    """Where a footprint came from and what it is on a day; NotFound, or NotOpenYet, when it is none.

    What came after the day is left out, except what is declared for days to come.
    """
    footprint = await identify_footprint(session, ref, edition, view)
    editions, links = await queries.editions_around(session, footprint, view)
    bodies = await bodies_on(session, {each.id for each in editions}, view)
    if footprint not in bodies or bodies[footprint].withdrawn_at:
        raise absent("footprint")
    asked = edition_asked_about(editions, footprint, edition, view.as_of)
    by_body = groupby(sorted(editions, key=lambda each: each.id), key=lambda each: each.id)
    trees = Trees(links, {body: list(own) for body, own in by_body}, view.as_of)
    begun = [each for each in editions if each.valid_from <= view.as_of]
    held = flow(links, asked.id, asked.valid_from, view.as_of)
    present = [(bodies[each], share) for each, part in held.items() if (share := round(part, 4))]
    own = {"codes": asked.codes, "name": asked.name, "edition": asked.edition}
    return schemas.LineageOut(
        items=entries_of(begun, asked, links),
        next=None,
        footprint=schemas.FootprintMeant(**body_fields(bodies[footprint]) | own),
        as_of=view.as_of,
        today=[
            schemas.Present(**body_fields(body), share=share)
            for body, share in sorted(present, key=lambda each: (-each[1], each[0].name))
        ],
        predecessors=trees.predecessors(asked.id, asked.valid_from, 1.0, 1.0),
        successors=trees.successors(asked.id, asked.valid_from, 1.0)[0],
        declared=declared_view(trees, asked),
    )


async def identify_footprint(session: AsyncSession, ref: str, edition: Edition | None, view: View) -> UUID:
    """The id that a reference means; NotFound when no footprint has or had the code there."""
    scheme, value = ref_parts(ref)
    if edition is None or isinstance(value, UUID):
        return await identify_body(session, ref, view, "footprint")
    found = await queries.body_in_edition(session, scheme, value, edition, view)
    if found is None:
        raise absent("footprint")
    return found


def edition_asked_about(
    editions: Iterable[FootprintEdition], footprint: UUID, edition: Edition | None, day: date
) -> FootprintEdition:
    """The edition that a request names; without a name, the latest by the day."""
    own = [each for each in editions if each.id == footprint]
    if edition:
        own = [each for each in own if edition.lower() in (each.kind, each.edition.lower())]
    if not own:
        raise absent("footprint")
    for each in own:
        if each.valid_from <= day:
            return each
    raise NotOpenYet


def declared_view(trees: Trees, asked: FootprintEdition) -> list[schemas.DeclaredLink]:
    """What is declared to become of it, after the day up to which the trees reach and after today."""
    since = max(trees.until, today())
    held = flow(trees.links, asked.id, asked.valid_from, date.max)
    return [
        schemas.DeclaredLink.model_validate(
            link._asdict() | {"predecessor": link.before, "successor": trees.edition_on(link.after, link.on)}
        )
        for link in trees.links
        if link.on > since and link.before in held
    ]
