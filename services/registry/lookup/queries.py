"""From a place to the bodies that it lies in. Nothing here keeps what was asked about.

Each lookup is one statement: it finds the place by an index and gives its shares with the revision of the
registry, by which everything else of the answer is known already, or is not.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Double,
    FromClause,
    Integer,
    Row,
    Select,
    Text,
    Uuid,
    bindparam,
    func,
    join,
    null,
    or_,
    select,
    true,
    type_coerce,
    union,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from services.registry.ledger.publishing import REVISION
from services.registry.ledger.views import AS_OF, IDS, NOW, is_in_force, is_open_on, is_said
from services.registry.lookup.models import KnownPosition
from services.registry.models import AreaShare, Body, BodyCode, Boundary, Postcode, Relation, SmallArea

EARTH_METRES = 6_371_008.8
# The index measures in degrees, of which those of longitude are shorter: more are read than are told.
POSITIONS_READ, POSITIONS_TOLD = 48, 6
Value = ColumnElement[Any] | InstrumentedAttribute[Any]


def place(area: Value, *, metres: Value | None = None, body: bool = False) -> Select[*tuple[Any, ...]]:
    """Select a place: its area, how far away it is known, and the body that it is."""
    of_body = (Body.id, Body.is_footprint, Body.opened_on, Body.closed_on)
    return select(
        area.label("area"),
        (null() if metres is None else metres).cast(Double).label("metres"),
        *((each if body else null().cast(each.type)).label(f"asked_{each.name}") for each in of_body),
    )


def of_postcode(postcode: Value) -> Select[*tuple[Any, ...]]:
    """Select the place of a full postcode."""
    return place(Postcode.area).where(Postcode.postcode == postcode)


def of_part(part: Value) -> Select[*tuple[Any, ...]]:
    """Select the place of a sector or an outward code."""
    return place(part)


def of_code(scheme: Value, code: Value, kind: Value, edition: Value) -> Select[*tuple[Any, ...]]:
    """Select the place of the body that has a code on the day, else the last before, else the first after.

    Only bodies of `kind` or of `edition` are meant where these are given.
    """
    in_edition = select(Boundary.id).where(
        Boundary.body_id == Body.id, Boundary.edition == edition, is_said(Boundary, NOW),
        is_in_force(BodyCode, Boundary.valid_from, NOW),
    )  # fmt: skip
    before = func.coalesce(BodyCode.valid_from, date.min) <= AS_OF
    return (
        place(Body.area, body=True)
        .join(BodyCode, BodyCode.body_id == Body.id)
        .where(BodyCode.scheme == scheme, BodyCode.code == code, is_said(BodyCode, NOW))
        .where(Body.withdrawn_at.is_(None))
        .where(
            or_(kind.is_(None), Body.kind == kind),
            or_(edition.is_(None), in_edition.correlate_except(Boundary).exists()),
        )
        .order_by(
            is_in_force(BodyCode, AS_OF, NOW).desc(),
            before.desc(),
            BodyCode.valid_from.desc().nulls_last(),
            Body.id,
        )
        .limit(1)
    )


def of_position(latitude: Value, longitude: Value) -> Select[*tuple[Any, ...]]:
    """Select the places of the known positions next to a position, the nearest first."""
    here, there = func.point(longitude, latitude), func.point(KnownPosition.longitude, KnownPosition.latitude)
    nearby = select(KnownPosition).order_by(there.op("<->")(here)).limit(POSITIONS_READ).subquery()
    north = func.radians(nearby.c.latitude - latitude) / 2
    east = func.radians(nearby.c.longitude - longitude) / 2
    narrowing = func.cos(func.radians(latitude)) * func.cos(func.radians(nearby.c.latitude))
    chord = func.power(func.sin(north), 2) + narrowing * func.power(func.sin(east), 2)
    metres = 2 * EARTH_METRES * func.asin(func.sqrt(func.least(chord, 1.0)))
    return place(nearby.c.area, metres=metres).order_by(metres, nearby.c.id).limit(POSITIONS_TOLD)


def shares_of(area: Value, *, of_footprints: bool) -> FromClause:
    """Select the bodies that an area lies in, with the days of the editions that are of footprints.

    With a limit and an offset each is looked up by an index, whatever the planner takes their number for.
    """
    edition = (
        select(Boundary.valid_from, func.least(Boundary.valid_to, Body.closed_on).label("valid_to"))
        .where(
            Boundary.body_id == AreaShare.body_id,
            Boundary.edition == AreaShare.edition,
            is_said(Boundary, NOW),
        )
        .correlate_except(Boundary)
        .limit(1)
        .lateral()
    )
    found = join(AreaShare, Body, Body.id == AreaShare.body_id)
    return (
        select(AreaShare.edition, AreaShare.body_id, AreaShare.share, Body.kind, *edition.c)
        .select_from(join(found, edition, true(), isouter=not of_footprints))
        .where(AreaShare.area == area)
        .offset(0)
        .lateral()
    )


def lying(places: FromClause, *, of_footprints: bool = False) -> Select[*tuple[Any, ...]]:
    """Select the bodies that places lie in, by edition, with the shares and the revision of the registry."""
    found = shares_of(places.c.area, of_footprints=of_footprints)
    given = select(REVISION.label("revision"), *places.c, *found.c).select_from(
        places.outerjoin(found, true())
    )
    if of_footprints:
        given = given.add_columns(null().label("area_name"))
    else:
        given = given.add_columns(SmallArea.name.label("area_name"), SmallArea.deprivation_decile)
        given = given.outerjoin(SmallArea, SmallArea.code == places.c.area)
    return given.order_by(places.c.metres, found.c.edition.desc(), found.c.share.desc(), found.c.body_id)


def bound(name: str, kind: Any = Text) -> Value:
    """Return an open place of a statement."""
    return bindparam(name, type_=kind)


SHARES = {
    "postcode": lying(of_postcode(bound("postcode")).subquery()),
    "part": lying(of_part(bound("part")).subquery()),
    "code": lying(of_code(bound("scheme"), bound("code"), bound("kind"), bound("edition")).subquery()),
    "position": lying(of_position(bound("latitude", Double), bound("longitude", Double)).subquery()),
}
BUILDERS: Mapping[str, Callable[..., Select[*tuple[Any, ...]]]] = {
    "postcode": of_postcode,
    "part": of_part,
    "code": of_code,
    "position": of_position,
}
COLUMNS: Mapping[str, Mapping[str, Any]] = {
    "postcode": {"postcode": Text},
    "part": {"part": Text},
    "code": {"scheme": Text, "code": Text, "kind": Text, "edition": Text},
    "position": {"latitude": Double, "longitude": Double},
}


def many(way: str) -> Select[*tuple[Any, ...]]:
    """Select the places of many that are asked about in one way, each by the index."""
    columns = {"at": Integer, **COLUMNS[way]}
    arrays = [bindparam(f"{way}_{name}", type_=ARRAY(kind)) for name, kind in columns.items()]
    asked = func.unnest(*arrays).table_valued(*columns).render_derived(name=f"asked_{way}")
    given = [type_coerce(asked.c[name], kind) for name, kind in COLUMNS[way].items()]
    found = BUILDERS[way](*given).correlate(asked).lateral()
    places = asked.join(found, true())
    return select(type_coerce(asked.c["at"], Integer).label("at"), *found.c).select_from(places)


SHARES_OF_MANY = lying(union_all(*map(many, BUILDERS)).subquery(), of_footprints=True)


def around() -> Select[UUID]:
    """Select the trusts and the region of `footprint`, the councils `ids`, their counties and Healthwatch."""
    footprint, held = bindparam("footprint", type_=Uuid), is_in_force(Relation, AS_OF, NOW)
    trusts = (
        select(Relation.from_id)
        .join(Body, Body.id == Relation.from_id)
        .where(Relation.to_id == footprint, Relation.kind == "member_of", Body.kind == "nhs_trust", held)
    )
    region = select(Relation.from_id).where(Relation.to_id == footprint, Relation.kind == "encloses", held)
    counties = select(Relation.from_id).where(Relation.to_id.in_(IDS), Relation.kind == "encloses", held)
    districts = select(Body.id).where(Body.id.in_(IDS))
    here = union(counties, districts).subquery()
    watching = select(Relation.from_id).where(
        Relation.to_id.in_(select(here)), Relation.kind == "member_of", held
    )
    everybody = union(trusts, region, counties, districts, watching).subquery()
    return select(Body.id).where(Body.id.in_(select(everybody)), is_open_on(AS_OF)).order_by(Body.id)


AROUND = around()


async def without_transaction(session: AsyncSession) -> AsyncSession:
    """Let each statement of a session that has sent none be a transaction of its own."""
    await session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})
    return session


async def shares(
    session: AsyncSession, way: str, given: Mapping[str, Any], day: date
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Return the bodies that a place lies in; nothing when nobody knows the place."""
    return (await session.execute(SHARES[way], {**given, "as_of": day})).all()


async def shares_of_many(
    session: AsyncSession, asked: Sequence[tuple[int, str, Mapping[str, Any]]], day: date
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Return the footprints that each of many places lies in, by the number that it was given."""
    columns: dict[str, list[Any]] = {
        f"{way}_{name}": [] for way, names in COLUMNS.items() for name in ("at", *names)
    }
    for at, way, given in asked:
        for name in ("at", *COLUMNS[way]):
            columns[f"{way}_{name}"].append(at if name == "at" else given[name])
    return (await session.execute(SHARES_OF_MANY, {**columns, "as_of": day})).all()


async def bodies_around(
    session: AsyncSession, footprint: UUID | None, councils: Collection[UUID], as_of: date
) -> Sequence[UUID]:
    """Return the ids of a place's trusts, councils, Healthwatch and region that were open on a day."""
    given = {"footprint": footprint, "ids": list(councils), "as_of": as_of}
    return (await session.scalars(AROUND, given)).all()
