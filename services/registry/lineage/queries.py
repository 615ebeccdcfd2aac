"""The links between footprints in time, and their editions."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Date, Select, and_, bindparam, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from services.registry.bodies.queries import SUCCESSIONS
from services.registry.ledger.views import (
    AS_OF,
    IDS,
    KNOWN_AT,
    Codes,
    Edition,
    View,
    is_in_force,
    is_said,
)
from services.registry.models import Body, BodyCode, BodyName, Boundary, Relation

LATEST = bindparam("latest", type_=Date)


@dataclass(frozen=True, slots=True)
class FootprintEdition:
    """One edition of a footprint, with its name and codes at its beginning, and on the day asked about."""

    id: UUID
    version: int
    kind: str
    demonstration: bool
    opened_on: date | None
    closed_on: date | None
    withdrawn_at: datetime | None
    edition: Edition
    valid_from: date
    valid_to: date | None
    residents: int | None
    name: str
    ods: str | None
    ons: str | None
    name_now: str | None
    ods_now: str | None
    ons_now: str | None

    @property
    def codes(self) -> Codes:
        """The codes that it began with."""
        return Codes(self.ods, self.ons)


@dataclass(frozen=True, slots=True)
class Link:
    """What passed from one footprint to a neighbour in time, on a day."""

    before: UUID
    after: UUID
    on: date
    share: float
    source: str
    # `succeeded_by` when the first one closed with it, so that all its residents passed.
    kind: str = "area_passed_to"


def links_in_both_directions() -> Select[UUID, UUID, date | None, float | None, str, str]:
    """Select the links of all footprints that led to `ids`, and of all that these led to, by day."""
    is_succession = and_(Relation.kind.in_(SUCCESSIONS), is_said(Relation, KNOWN_AT))
    earlier = select(Body.id).where(Body.id.in_(IDS)).cte("earlier", recursive=True)
    back = select(Relation.from_id).join(earlier, Relation.to_id == earlier.c.id)
    earlier = earlier.union(back.where(is_succession))
    later = select(Body.id).where(Body.id.in_(IDS)).cte("later", recursive=True)
    forth = select(Relation.to_id).join(later, Relation.from_id == later.c.id)
    later = later.union(forth.where(is_succession))
    link = Relation
    return (
        select(link.from_id, link.to_id, link.valid_from, link.share, link.source, link.kind)
        .where(is_succession, Relation.from_id.in_(select(earlier.c.id).union(select(later.c.id))))
        .order_by(Relation.valid_from, Relation.from_id, Relation.share.desc(), Relation.to_id)
    )


def editions_of_ids() -> Select[*tuple[Any, ...]]:
    """Select each edition of `ids` up to `latest`, in the order of the fields of `FootprintEdition`."""
    begun = aliased(BodyName), aliased(BodyCode), aliased(BodyCode)
    current = aliased(BodyName), aliased(BodyCode), aliased(BodyCode)
    start = Boundary.valid_from
    # GREATEST and LEAST leave out what is NULL.
    day = func.greatest(func.least(AS_OF, Body.closed_on), Body.opened_on)
    withdrawn_at = case((Body.withdrawn_at <= KNOWN_AT, Body.withdrawn_at))
    own = Body.id, Body.version, Body.kind, Body.demonstration, Body.opened_on, Body.closed_on
    boundary = Boundary.edition, start, Boundary.valid_to, Boundary.residents
    names = [
        column
        for name, ods, ons in (begun, current)
        for column in (name.name, ods.code.label(None), ons.code.label(None))
    ]
    wanted = (
        select(*own, withdrawn_at, *boundary, *names)
        .join(Body, Body.id == Boundary.body_id)
        .where(Boundary.body_id.in_(IDS), start <= LATEST, is_said(Boundary, KNOWN_AT))
        .order_by(start.desc(), Body.id)
    )
    for (name, *both), when in ((begun, start), (current, day)):
        wanted = wanted.outerjoin(name, and_(name.body_id == Body.id, is_in_force(name, when, KNOWN_AT)))
        for code, scheme in zip(both, ("ods", "ons"), strict=True):
            held = and_(code.body_id == Body.id, code.scheme == scheme, is_in_force(code, when, KNOWN_AT))
            wanted = wanted.outerjoin(code, held)
    return wanted


LINKS, EDITIONS = links_in_both_directions(), editions_of_ids()


async def links_around(session: AsyncSession, ids: Collection[UUID], view: View) -> list[Link]:
    """The links of all footprints that led to these, and of all that these led to, by day."""
    found = await session.execute(LINKS, {"ids": list(ids), **view.parameters()})
    return [Link(row[0], row[1], row[2] or date.min, row[3] or 0.0, row[4], row[5]) for row in found]


async def editions(
    session: AsyncSession, ids: Collection[UUID], view: View, *, latest: date | None = None
) -> list[FootprintEdition]:
    """Each edition of these footprints up to `latest` (the day of the view unless given), newest first."""
    given = {"ids": list(ids), **view.parameters(), "latest": latest or view.as_of}
    return [FootprintEdition(*row) for row in await session.execute(EDITIONS, given)]


async def body_in_edition(
    session: AsyncSession, scheme: str, code: str, edition: Edition, view: View
) -> UUID | None:
    """The footprint that had a code in a family (`STP`) or in an edition (`STP2016`): the latest of them."""
    code_ends, edition_ends = (func.coalesce(each.valid_to, date.max) for each in (BodyCode, Boundary))
    overlap = and_(
        code_ends >= Boundary.valid_from, func.coalesce(BodyCode.valid_from, date.min) <= edition_ends
    )
    wanted = (
        select(BodyCode.body_id)
        .join(Body, Body.id == BodyCode.body_id)
        .join(Boundary, and_(Boundary.body_id == Body.id, overlap))
        .where(BodyCode.scheme == scheme, BodyCode.code == code, Body.is_footprint)
        .where(or_(Body.kind == edition.lower(), Boundary.edition == edition.upper()))
        .where(is_said(BodyCode, view.known_at), is_said(Boundary, view.known_at))
        .where(Body.withdrawn_at.is_(None))
        .order_by(Boundary.valid_from.desc(), BodyCode.body_id)
    )
    return await session.scalar(wanted.limit(1))
