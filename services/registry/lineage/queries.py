"""The links between footprints in time, and their editions."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Date, Row, Select, and_, bindparam, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from services.registry.bodies.queries import AS_OF, IDS, KNOWN_AT, SUCCESSIONS, in_force, said
from services.registry.models import Body, BodyCode, BodyName, Boundary, Relation

LATEST = bindparam("latest", type_=Date)


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
    earlier = earlier.union(back.where(Relation.kind.in_(SUCCESSIONS), said(Relation)))
    later = select(Body.id).where(Body.id.in_(IDS)).cte("later", recursive=True)
    forth = select(Relation.to_id).join(later, Relation.from_id == later.c.id)
    later = later.union(forth.where(Relation.kind.in_(SUCCESSIONS), said(Relation)))
    return (
        select(
            Relation.from_id, Relation.to_id, Relation.valid_from, Relation.share, Relation.source,
            Relation.kind,
        )
        .where(Relation.kind.in_(SUCCESSIONS), said(Relation))
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
            Boundary.vintage.label("scheme"), start, Boundary.valid_to, Boundary.residents,
        )
        .join(Body, Body.id == Boundary.body_id)
        .where(Boundary.body_id.in_(IDS), start <= LATEST, said(Boundary))
        .order_by(start.desc(), Body.id)
    )  # fmt: skip
    for names, when in ((begun, start), (told, day)):
        wanted = wanted.outerjoin(names[0], and_(names[0].body_id == Body.id, in_force(names[0], when)))
        for codes, scheme in ((names[1], "ods"), (names[2], "ons")):
            held = and_(codes.body_id == Body.id, codes.scheme == scheme, in_force(codes, when))
            wanted = wanted.outerjoin(codes, held)
    return wanted


LINKS, EDITIONS = links_in_both_directions(), editions_of_ids()


async def links_around(session: AsyncSession, ids: Collection[UUID]) -> list[Link]:
    """Return the links of all footprints that led to these, and of all that these led to, by day."""
    found = await session.execute(LINKS, {"ids": list(ids)})
    return [Link(row[0], row[1], row[2] or date.min, row[3] or 0.0, row[4], row[5]) for row in found]


async def editions(
    session: AsyncSession, ids: Collection[UUID], as_of: date, *, latest: date | None = None
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Return each edition of these footprints up to `latest` (`as_of` unless it is given), newest first."""
    given = {"ids": list(ids), "as_of": as_of, "latest": latest or as_of}
    return (await session.execute(EDITIONS, given)).all()


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
        .where(or_(Body.kind == edition.lower(), Boundary.vintage == edition.upper()))
        .where(Body.withdrawn_at.is_(None), said(BodyCode), said(Boundary))
        .order_by(Boundary.valid_from.desc(), BodyCode.body_id)
    )
    return await session.scalar(wanted.limit(1))
