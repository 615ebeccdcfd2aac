"""The links between footprints in time, and their editions."""

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import CompoundSelect, Select, and_, func, or_, select, union
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from services.registry.areas import AreaShare
from services.registry.bodies.queries import CODED, SUCCESSIONS
from services.registry.ledger.views import IDS, KNOWN_AT, Codes, Edition, View, is_in_force, is_said
from services.registry.models import Body, BodyCode, BodyName, Boundary, Relation


class FootprintEdition(NamedTuple):
    """One edition of a footprint, with its name and codes at its beginning."""

    id: UUID
    kind: str
    edition: Edition
    valid_from: date
    valid_to: date | None
    residents: int | None
    name: str
    ods: str | None
    ons: str | None

    @property
    def codes(self) -> Codes:
        """The codes that it began with."""
        return Codes(self.ods, self.ons)


class Link(NamedTuple):
    """What passed from one footprint to a neighbour in time, on a day."""

    before: UUID
    after: UUID
    on: date
    share: float
    source: str
    # `succeeded_by` when the first one closed with it, so that all its residents passed.
    kind: str = "area_passed_to"


class Step(NamedTuple):
    """What passed from one organisation to another, on a day where that is known."""

    before: UUID
    after: UUID
    on: date | None
    share: float | None
    source: str
    kind: str
    note: str | None

    @property
    def day(self) -> date:
        """The day; the first of all where it is not known."""
        return self.on or date.min


IS_SUCCESSION = and_(Relation.kind.in_(SUCCESSIONS), is_said(Relation, KNOWN_AT))
OF, TO = Relation.from_id, Relation.to_id
OF_LINK = OF, TO, Relation.valid_from, Relation.share, Relation.source, Relation.kind


def around_ids() -> CompoundSelect[UUID]:
    """Select `ids`, all footprints that led to these, and all that these led to."""
    ways: list[Select[UUID]] = []
    for name, here, there in (("earlier", TO, OF), ("later", OF, TO)):
        way = select(Body.id).where(Body.id.in_(IDS)).cte(name, recursive=True)
        further = select(there).join(way, here == way.c.id).where(IS_SUCCESSION)
        ways.append(select(way.union(further).c.id))
    return union(*ways)


def editions_around_ids() -> Select[*tuple[Any, ...]]:
    """Select each edition of the footprints around `ids`, newest first, with each link that left it.

    The columns are those of `FootprintEdition` and of `Link`; a footprint that lacks both has a row.
    """
    ods, ons, start = aliased(BodyCode), aliased(BodyCode), Boundary.valid_from
    in_force = {each: is_in_force(each, start, KNOWN_AT) for each in (BodyName, ods, ons)}
    return (
        select(Body.id, Body.kind, Boundary.edition, start, Boundary.valid_to, Boundary.residents)
        .add_columns(BodyName.name, ods.code.label("ods"), ons.code.label("ons"), *OF_LINK)
        .outerjoin(Boundary, and_(Boundary.body_id == Body.id, is_said(Boundary, KNOWN_AT)))
        .outerjoin(BodyName, and_(BodyName.body_id == Body.id, in_force[BodyName]))
        .outerjoin(ods, and_(ods.body_id == Body.id, ods.scheme == "ods", in_force[ods]))
        .outerjoin(ons, and_(ons.body_id == Body.id, ons.scheme == "ons", in_force[ons]))
        .outerjoin(Relation, and_(Relation.from_id == Body.id, IS_SUCCESSION))
        .where(Body.id.in_(around_ids()))
        .order_by(start.desc(), Body.id)
    )


LINKS = select(*OF_LINK).where(IS_SUCCESSION, Relation.from_id.in_(around_ids()))
STEPS = LINKS.add_columns(Relation.note).order_by(Relation.valid_from, Relation.share.desc().nulls_last())
STEPS = STEPS.order_by(Relation.id)
EDITIONS = editions_around_ids()


async def links_around(session: AsyncSession, ids: Collection[UUID], view: View) -> list[Link]:
    """The links of all footprints that led to these, and of all that these led to, by day."""
    return links_of(await session.execute(LINKS, {"ids": list(ids), **view.parameters()}))


async def steps_around(session: AsyncSession, organisation: UUID, view: View) -> list[Step]:
    """The steps of all organisations that led to one, and of all that it led to, by day."""
    rows = await session.execute(STEPS, {"ids": [organisation], **view.parameters()})
    return [Step(*row) for row in rows]


async def shares_in(session: AsyncSession, body: UUID, others: Collection[UUID]) -> dict[UUID, float]:
    """How much of a body's area lies in each of others; none where nobody knows."""
    wanted = select(AreaShare.body_id, func.max(AreaShare.share)).group_by(AreaShare.body_id)
    wanted = wanted.where(AreaShare.area == str(body), AreaShare.body_id.in_(others))
    return {row[0]: row[1] for row in await session.execute(wanted)}


async def editions_around(
    session: AsyncSession, footprint: UUID, view: View
) -> tuple[list[FootprintEdition], list[Link]]:
    """Each edition of a footprint and of all that are linked around it, newest first; and their links."""
    rows = (await session.execute(EDITIONS, {"ids": [footprint], **view.parameters()})).all()
    count = len(FootprintEdition._fields)
    editions = dict.fromkeys(FootprintEdition(*row[:count]) for row in rows if row.edition)
    return list(editions), links_of(row[count:] for row in rows if row.from_id)


def links_of(rows: Iterable[tuple[Any, ...]]) -> list[Link]:
    """The links in these rows, each once, by day."""
    links = {Link(row[0], row[1], row[2] or date.min, row[3] or 0.0, row[4], row[5]) for row in rows}
    return sorted(links, key=lambda link: (link.on, link.before, -link.share, link.after))


async def body_in_edition(
    session: AsyncSession, scheme: str, code: str, edition: Edition, view: View
) -> UUID | None:
    """The footprint that had a code in a family (`STP`) or in an edition (`STP2016`): the latest of them."""
    wanted = (
        CODED["footprint"]
        .join(Boundary, and_(Boundary.body_id == Body.id, is_said(Boundary, KNOWN_AT)))
        .where(or_(Body.kind == edition.lower(), Boundary.edition == edition.upper()))
        .where(func.coalesce(BodyCode.valid_to, date.max) >= Boundary.valid_from)
        .where(func.coalesce(BodyCode.valid_from, date.min) <= func.coalesce(Boundary.valid_to, date.max))
        .order_by(None)
        .order_by(Boundary.valid_from.desc(), BodyCode.body_id)
    )
    return await session.scalar(wanted, {"scheme": scheme, "code": code, **view.parameters()})
