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
    NOW,
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
    """One edition of a footprint: with its name and codes at its beginning, and on the day asked about."""

    id: UUID
    version: int
    kind: str
    demonstration: bool
    opened_on: date | None
    closed_on: date | None
    withdrawn_at: datetime | None
    name: str
    ods: str | None
    ons: str | None
    name_now: str | None
    ods_now: str | None
    ons_now: str | None
    edition: Edition
    valid_from: date
    valid_to: date | None
    residents: int | None

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


def links_in_both_directions() -> Select[*tuple[Any, ...]]:
    """Select the links of all footprints that led to `ids`, and of all that these led to, by day."""
    earlier = select(Body.id).where(Body.id.in_(IDS)).cte("earlier", recursive=True)
    back = select(Relation.from_id).join(earlier, Relation.to_id == earlier.c.id)
    earlier = earlier.union(back.where(Relation.kind.in_(SUCCESSIONS), is_said(Relation, KNOWN_AT)))
    later = select(Body.id).where(Body.id.in_(IDS)).cte("later", recursive=True)
    forth = select(Relation.to_id).join(later, Relation.from_id == later.c.id)
    later = later.union(forth.where(Relation.kind.in_(SUCCESSIONS), is_said(Relation, KNOWN_AT)))
    return (
        select(
            Relation.from_id, Relation.to_id, Relation.valid_from, Relation.share, Relation.source,
            Relation.kind,
        )
        .where(Relation.kind.in_(SUCCESSIONS), is_said(Relation, KNOWN_AT))
        .where(Relation.from_id.in_(select(earlier.c.id).union(select(later.c.id))))
        .order_by(Relation.valid_from, Relation.from_id, Relation.share.desc(), Relation.to_id)
    )  # fmt: skip


def editions_of_ids() -> Select[*tuple[Any, ...]]:
    """Select each edition of `ids` up to `latest`, with names and codes at its beginning and on `as_of`."""
    begun = aliased(BodyName), aliased(BodyCode), aliased(BodyCode)
    told = aliased(BodyName), aliased(BodyCode), aliased(BodyCode)
    start = Boundary.valid_from
    # GREATEST and LEAST leave out what is NULL.
    day = func.greatest(func.least(AS_OF, Body.closed_on), Body.opened_on)
    (name, ods, ons), (name_now, ods_now, ons_now) = begun, told
    withdrawn = case((Body.withdrawn_at <= KNOWN_AT, Body.withdrawn_at))
    wanted = (
        select(
            Body.id, Body.version, Body.kind, Body.demonstration, Body.opened_on, Body.closed_on,
            withdrawn.label("withdrawn_at"), name.name, ods.code.label("ods"), ons.code.label("ons"),
            name_now.name.label("name_now"), ods_now.code.label("ods_now"), ons_now.code.label("ons_now"),
            Boundary.edition, start, Boundary.valid_to, Boundary.residents,
        )
        .join(Body, Body.id == Boundary.body_id)
        .where(Boundary.body_id.in_(IDS), start <= LATEST, is_said(Boundary, KNOWN_AT))
        .order_by(start.desc(), Body.id)
    )  # fmt: skip
    for names, when in ((begun, start), (told, day)):
        wanted = wanted.outerjoin(
            names[0], and_(names[0].body_id == Body.id, is_in_force(names[0], when, KNOWN_AT))
        )
        for codes, scheme in ((names[1], "ods"), (names[2], "ons")):
            held = and_(codes.body_id == Body.id, codes.scheme == scheme, is_in_force(codes, when, KNOWN_AT))
            wanted = wanted.outerjoin(codes, held)
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


async def body_in_edition(session: AsyncSession, scheme: str, code: str, edition: str) -> UUID | None:
    """Return the footprint that had a code in a family (`STP`) or in an edition (`STP2016`); the latest."""
    overlap = and_(
        or_(BodyCode.valid_to.is_(None), BodyCode.valid_to >= Boundary.valid_from),
        or_(
            Boundary.valid_to.is_(None),
            BodyCode.valid_from.is_(None),
            BodyCode.valid_from <= Boundary.valid_to,
        ),
    )
    wanted = (
        select(BodyCode.body_id)
        .join(Body, Body.id == BodyCode.body_id)
        .join(Boundary, and_(Boundary.body_id == Body.id, overlap))
        .where(BodyCode.scheme == scheme, BodyCode.code == code, Body.is_footprint)
        .where(or_(Body.kind == edition.lower(), Boundary.edition == edition.upper()))
        .where(Body.withdrawn_at.is_(None), is_said(BodyCode, NOW), is_said(Boundary, NOW))
        .order_by(Boundary.valid_from.desc(), BodyCode.body_id)
    )
    return await session.scalar(wanted.limit(1))
