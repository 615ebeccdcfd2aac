"""From a place to the bodies that it lies in. Nothing here keeps the place of a request.

Each lookup is one statement. It finds the place by an index and gives its shares with the revision of the
registry, which decides whether the rest of the answer is known already.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BindParameter,
    Boolean,
    ColumnElement,
    Double,
    FromClause,
    Integer,
    Select,
    Text,
    and_,
    bindparam,
    case,
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

from services.registry.areas import (
    AreaShare,
    ConstituencyException,
    KnownPosition,
    OutsidePart,
    Postcode,
    SmallArea,
)
from services.registry.footprints.queries import related_to
from services.registry.ledger.publishing import REVISION
from services.registry.ledger.views import AS_OF, IDS, NOW, is_in_force, is_open_on, is_said
from services.registry.lookup.homes import area_of_home, board_of_body
from services.registry.lookup.placing import ShareRow
from services.registry.lookup.reading import PlaceQuery
from services.registry.models import Body, BodyCode, Boundary
from shared.db import Session

EARTH_METRES = 6_371_008.8
# The index measures in degrees, of which those of longitude are shorter: read more than the answer needs.
POSITIONS_READ, POSITIONS_KEPT = 48, 6
Value = ColumnElement[Any] | InstrumentedAttribute[Any]
Places = Select[*tuple[Any, ...]]
SqlType = type[Text] | type[Double[float]]


def select_place(
    area: Value,
    *,
    metres: Value | None = None,
    is_body: bool = False,
    is_live: Value | None = None,
    constituency: Value | None = None,
    outside: Value | None = None,
    board: Value | None = None,
) -> Places:
    """Select a place: its area, how far away its position is, the body that it is and its board, and of a
    full postcode whether it is live and in another constituency than most of its area.
    """
    of_body = (Body.id, Body.is_footprint, Body.opened_on, Body.closed_on)
    return select(
        area.label("area"),
        (null() if metres is None else metres).cast(Double).label("metres"),
        (null() if is_live is None else is_live).cast(Boolean).label("is_live"),
        (null() if constituency is None else constituency).cast(Text).label("constituency"),
        (null() if outside is None else outside).cast(Text).label("outside"),
        (null() if board is None else board).cast(Body.id.type).label("board"),
        (and_(Body.area.is_(None), ~Body.is_footprint) if is_body else null().cast(Boolean)).label(
            "is_stand_in"
        ),
        *((each if is_body else null().cast(each.type)).label(f"asked_{each.name}") for each in of_body),
    )


def place_of_postcode(postcode: Value) -> Places:
    """Select the place of a full postcode."""
    exception = select(ConstituencyException.constituency).where(ConstituencyException.postcode == postcode)
    place = select_place(
        Postcode.area,
        is_live=Postcode.is_live,
        constituency=exception.correlate_except(ConstituencyException).scalar_subquery(),
    )
    return place.where(Postcode.postcode == postcode)


def place_of_part(part: Value) -> Places:
    """Select the place of a part of a postcode, with the other country that it is in as well."""
    other = select(OutsidePart.country).where(OutsidePart.part == part, OutsidePart.country != "England")
    return select_place(part, outside=other.correlate_except(OutsidePart).scalar_subquery())


def place_of_code(scheme: Value, code: Value, kind: Value, edition: Value) -> Places:
    """Select the place of the body that has a code on the day; otherwise the last before, or the first after.

    Only of bodies of `kind` or in `edition`, where these are given.
    """
    in_edition = select(Boundary.id).where(
        Boundary.body_id == Body.id,
        Boundary.edition == edition,
        is_said(Boundary, NOW),
        is_in_force(BodyCode, Boundary.valid_from, NOW),
    )
    before = func.coalesce(BodyCode.valid_from, date.min) <= AS_OF
    # Where nobody knows where a body is, the area of whom it belongs to, or belonged to last, stands for it.
    area = case((Body.area.is_(None), area_of_home()), else_=Body.area)
    return (
        select_place(area, is_body=True, board=board_of_body())
        .join(BodyCode, BodyCode.body_id == Body.id)
        .where(BodyCode.scheme == scheme, BodyCode.code == code, is_said(BodyCode, NOW))
        .where(Body.withdrawn_at.is_(None))
        .where(
            or_(kind.is_(None), Body.kind == kind),
            or_(edition.is_(None), in_edition.correlate_except(Boundary).exists()),
        )
        .order_by(is_in_force(BodyCode, AS_OF, NOW).desc(), before.desc())
        .order_by(BodyCode.valid_from.desc().nulls_last(), Body.id)
        .limit(1)
    )


def places_of_position(latitude: Value, longitude: Value) -> Places:
    """Select the places of the known positions next to a position, the nearest first."""
    here, there = func.point(longitude, latitude), func.point(KnownPosition.longitude, KnownPosition.latitude)
    nearby = select(KnownPosition).order_by(there.op("<->")(here)).limit(POSITIONS_READ).subquery()
    north = func.radians(nearby.c.latitude - latitude) / 2
    east = func.radians(nearby.c.longitude - longitude) / 2
    narrowing = func.cos(func.radians(latitude)) * func.cos(func.radians(nearby.c.latitude))
    chord = func.power(func.sin(north), 2) + narrowing * func.power(func.sin(east), 2)
    metres = 2 * EARTH_METRES * func.asin(func.sqrt(func.least(chord, 1.0)))
    places = select_place(nearby.c.area, metres=metres)
    return places.order_by(metres, nearby.c.id).limit(POSITIONS_KEPT)


def bodies_of_area(area: Value, *, only_footprints: bool) -> FromClause:
    """The bodies that an area lies in, with the days of the editions that have footprints.

    The limit and the offset make the planner use an index for each area, whatever number it expects.
    """
    edition = (
        select(Boundary.valid_from, func.least(Boundary.valid_to, Body.closed_on).label("valid_to"))
        .where(Boundary.body_id == AreaShare.body_id, Boundary.edition == AreaShare.edition)
        .where(is_said(Boundary, NOW))
        .correlate_except(Boundary)
        .limit(1)
        .lateral()
    )
    shares = join(AreaShare, Body, Body.id == AreaShare.body_id)
    return (
        select(AreaShare.edition, AreaShare.body_id, AreaShare.share, Body.kind, *edition.c)
        .select_from(join(shares, edition, true(), isouter=not only_footprints))
        .where(AreaShare.area == area)
        .offset(0)
        .lateral()
    )


def select_shares(places: FromClause, *, only_footprints: bool = False) -> Places:
    """Select the bodies that places lie in, by edition, with the shares and the revision of the registry."""
    found = bodies_of_area(places.c.area, only_footprints=only_footprints)
    columns = (REVISION.label("revision"), *places.c, *found.c)
    shares = select(*columns).select_from(places.outerjoin(found, true()))
    if only_footprints:
        shares = shares.add_columns(null().label("area_name"))
    else:
        own = (SmallArea.deprivation_decile, SmallArea.electoral_areas)
        shares = shares.add_columns(SmallArea.name.label("area_name"), *own)
        shares = shares.outerjoin(SmallArea, SmallArea.code == places.c.area)
    return shares.order_by(places.c.metres, found.c.edition.desc(), found.c.share.desc(), found.c.body_id)


# How each way of naming a place is looked up, and the values that it needs.
BUILDERS: Mapping[str, Callable[..., Places]] = {
    "postcode": place_of_postcode,
    "part": place_of_part,
    "code": place_of_code,
    "position": places_of_position,
}
COLUMNS: Mapping[str, Mapping[str, SqlType]] = {
    "postcode": {"postcode": Text},
    "part": {"part": Text},
    "code": {"scheme": Text, "code": Text, "kind": Text, "edition": Text},
    "position": {"latitude": Double, "longitude": Double},
}
SHARES = {
    way: select_shares(
        build(*(bindparam(name, type_=kind) for name, kind in COLUMNS[way].items())).subquery()
    )
    for way, build in BUILDERS.items()
}


def select_many_places(way: str) -> Places:
    """Select many places that requests name in one way, each by the index."""
    columns = {"at": Integer, **COLUMNS[way]}
    arrays = [bindparam(f"{way}_{name}", type_=ARRAY(kind)) for name, kind in columns.items()]
    asked = func.unnest(*arrays).table_valued(*columns).render_derived(name=f"asked_{way}")
    values = [type_coerce(asked.c[name], kind) for name, kind in COLUMNS[way].items()]
    found = BUILDERS[way](*values).correlate(asked).lateral()
    places = asked.join(found, true())
    return select(type_coerce(asked.c["at"], Integer).label("at"), *found.c).select_from(places)


SHARES_OF_MANY = select_shares(union_all(*map(select_many_places, BUILDERS)).subquery(), only_footprints=True)


def select_around() -> Select[UUID]:
    """Select the trusts and regions of `footprints`, the councils `ids`, their counties and Healthwatch."""
    footprints: BindParameter[UUID] = bindparam("footprints", expanding=True)
    trusts = related_to(footprints, "member_of", "nhs_trust")
    region = related_to(footprints, "encloses")
    counties = related_to(IDS, "encloses")
    districts = select(Body.id).where(Body.id.in_(IDS))
    watching = related_to(union(counties, districts), "member_of")
    everybody = union(trusts, region, counties, districts, watching)
    serves = or_(Body.services_ended_on.is_(None), Body.services_ended_on >= AS_OF)
    return select(Body.id).where(Body.id.in_(everybody), is_open_on(AS_OF), serves).order_by(Body.id)


AROUND = select_around()


async def without_transaction(session: Session) -> AsyncSession:
    """The request's session, of which each statement is a transaction of its own: it sees one state."""
    await session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})
    return session


async def find_shares(session: AsyncSession, query: PlaceQuery, day: date) -> Sequence[ShareRow]:
    """The bodies that a place lies in; nothing when nobody knows the place."""
    return (await session.execute(SHARES[query.way], {**query.values, "as_of": day})).all()


async def find_shares_of_many(
    session: AsyncSession, queries: Mapping[int, PlaceQuery], day: date
) -> dict[int, list[ShareRow]]:
    """The footprints that each of many places lies in, by the number of the place."""
    columns: dict[str, list[object]] = {
        f"{way}_{name}": [] for way, names in COLUMNS.items() for name in ("at", *names)
    }
    for at, query in queries.items():
        columns[f"{query.way}_at"].append(at)
        for name in COLUMNS[query.way]:
            columns[f"{query.way}_{name}"].append(query.values[name])
    found: dict[int, list[ShareRow]] = {}
    for row in await session.execute(SHARES_OF_MANY, {**columns, "as_of": day}):
        found.setdefault(row.at, []).append(row)
    return found


async def find_outside_parts(session: AsyncSession, parts: Collection[str]) -> dict[str, OutsidePart]:
    """Those of the parts of postcodes that are outside England or stand for no place."""
    found = await session.scalars(select(OutsidePart).where(OutsidePart.part.in_(parts)))
    return {each.part: each for each in found}


async def find_bodies_around(
    session: AsyncSession, footprints: Collection[UUID], councils: Collection[UUID], day: date
) -> Sequence[UUID]:
    """The ids of a place's trusts, councils, Healthwatch and regions that were open on a day."""
    values = {"footprints": list(footprints), "ids": list(councils), "as_of": day}
    return (await session.scalars(AROUND, values)).all()
