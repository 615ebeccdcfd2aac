"""Bodies as they were on a day: one statement for any number of them."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    TIMESTAMP,
    BindParameter,
    ColumnElement,
    Date,
    Row,
    Select,
    Subquery,
    Text,
    and_,
    bindparam,
    case,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from services.registry.models import (
    Body,
    BodyCode,
    BodyName,
    Boundary,
    LegalForm,
    Relation,
    Succession,
)

SUCCESSIONS = ("succeeded_by", "area_passed_to")
# Statements are built once, with these places left open: building one costs more than running it.
AS_OF = bindparam("as_of", type_=Date)
SCHEME, CODE = bindparam("scheme", type_=Text), bindparam("code", type_=Text)
IDS: BindParameter[Any] = bindparam("ids", expanding=True)
# What the registry says now, unless a statement or the block that it is sent in names an earlier instant.
NOW = datetime.max.replace(tzinfo=UTC)
INSTANT: ContextVar[datetime] = ContextVar("known_at", default=NOW)
KNOWN_AT = bindparam("known_at", callable_=INSTANT.get, type_=TIMESTAMP(timezone=True))


@contextmanager
def as_said_at(instant: datetime | None) -> Iterator[None]:
    """Let all statements of a block tell what the registry said at an instant; now by default."""
    token = INSTANT.set(instant or NOW)
    try:
        yield
    finally:
        INSTANT.reset(token)


def is_earlier() -> bool:
    """Tell whether statements tell what the registry said at an earlier instant."""
    return INSTANT.get() != NOW


def said(fact: Any) -> ColumnElement[bool]:
    """Hold for what the registry says; at an earlier instant, for what it said then."""
    later = or_(fact.superseded_at.is_(None), fact.superseded_at > KNOWN_AT)
    return and_(fact.recorded_at <= KNOWN_AT, later)


def in_force(fact: Any, day: Any) -> ColumnElement[bool]:
    """Hold for the dated facts that were in force on a day, as far as the registry says so."""
    return and_(
        said(fact),
        or_(fact.valid_from.is_(None), fact.valid_from <= day),
        or_(fact.valid_to.is_(None), fact.valid_to >= day),
    )


def open_on(day: Any) -> ColumnElement[bool]:
    """Hold for the bodies that were open on a day."""
    return and_(
        Body.withdrawn_at.is_(None),
        or_(Body.opened_on.is_(None), Body.opened_on <= day),
        or_(Body.closed_on.is_(None), Body.closed_on >= day),
    )


def was_open_on(day: Any) -> ColumnElement[bool]:
    """Hold for the bodies that were open on a day as it was said at an instant: their names span them."""
    named = select(BodyName.body_id).where(in_force(BodyName, day))
    return and_(or_(Body.withdrawn_at.is_(None), Body.withdrawn_at > KNOWN_AT), Body.id.in_(named))


def life_then() -> Subquery:
    """Select the first and the last day of `ids` as they were said at an instant: its names span a body."""
    begun = case((func.bool_or(BodyName.valid_from.is_(None)), None), else_=func.min(BodyName.valid_from))
    ended = case((func.bool_or(BodyName.valid_to.is_(None)), None), else_=func.max(BodyName.valid_to))
    named = select(BodyName.body_id, begun.label("opened_on"), ended.label("closed_on"))
    return named.where(BodyName.body_id.in_(IDS), said(BodyName)).group_by(BodyName.body_id).subquery()


def body_state(life: Subquery | None = None) -> Select[*tuple[Any, ...]]:
    """Select `ids` as they were on `as_of`; one that had closed by then as it was on its last day."""
    opened, closed = (
        (Body.opened_on, Body.closed_on) if life is None else (life.c.opened_on, life.c.closed_on)
    )
    # GREATEST and LEAST leave out what is NULL.
    day = func.greatest(func.least(AS_OF, closed), opened)
    ods, ons = aliased(BodyCode), aliased(BodyCode)
    state = (
        select(
            Body.id, Body.version, Body.kind, Body.is_footprint, Body.is_organisation, Body.demonstration,
            opened.label("valid_from"), closed.label("valid_to"), Body.source,
            case((Body.withdrawn_at <= KNOWN_AT, Body.withdrawn_at)).label("withdrawn_at"),
            BodyName.name, ods.code.label("ods"), ons.code.label("ons"), LegalForm.legal_form,
            Boundary.vintage.label("scheme"), Boundary.region, Boundary.residents,
        )
        .where(Body.id.in_(IDS))
    )  # fmt: skip
    if life is not None:
        state = state.join(life, life.c.body_id == Body.id)
    return (
        state.join(BodyName, and_(BodyName.body_id == Body.id, in_force(BodyName, day)))
        .outerjoin(ods, and_(ods.body_id == Body.id, ods.scheme == "ods", in_force(ods, day)))
        .outerjoin(ons, and_(ons.body_id == Body.id, ons.scheme == "ons", in_force(ons, day)))
        .outerjoin(LegalForm, and_(LegalForm.body_id == Body.id, in_force(LegalForm, day)))
        .outerjoin(Boundary, and_(Boundary.body_id == Body.id, in_force(Boundary, day)))
    )


BODIES, BODIES_THEN = body_state(), body_state(life_then())


async def bodies(
    session: AsyncSession, ids: Iterable[UUID], as_of: date
) -> dict[UUID, Row[*tuple[Any, ...]]]:
    """Return the bodies with these ids as they were on a day."""
    statement = BODIES_THEN if is_earlier() else BODIES
    found = await session.execute(statement, {"ids": list(ids), "as_of": as_of})
    return {row.id: row for row in found}


def coded(role: Any) -> Select[UUID]:
    """Select the body that has `code` on `as_of`; else the one that had it last, else the first after."""
    return (
        select(BodyCode.body_id)
        .join(Body, Body.id == BodyCode.body_id)
        .where(BodyCode.scheme == SCHEME, BodyCode.code == CODE, role, said(BodyCode))
        .where(or_(Body.withdrawn_at.is_(None), Body.withdrawn_at > KNOWN_AT))
        .order_by(
            in_force(BodyCode, AS_OF).desc(),
            (func.coalesce(BodyCode.valid_from, date.min) <= AS_OF).desc(),
            BodyCode.valid_from.desc().nulls_last(),
            BodyCode.body_id,
        )
        .limit(1)
    )


CODED = {name: coded(getattr(Body, name)) for name in ("is_footprint", "is_organisation")}
CODED_EITHER = coded(true())


async def body_with_code(
    session: AsyncSession, scheme: str, code: str, as_of: date, role: Any, family: str | None = None
) -> UUID | None:
    """Return the body that has a code on a day; else the one that had it last, else the first after.

    With a family (`stp`, `icb`) or an edition of it (`STP2016`): only of the bodies in that.
    """
    wanted = CODED.get(getattr(role, "key", ""), CODED_EITHER)
    given = {"scheme": scheme, "code": code, "as_of": as_of}
    found: UUID | None = await session.scalar(wanted.where(is_of(family)) if family else wanted, given)
    return found


def is_of(family: str) -> ColumnElement[bool]:
    """Hold for the bodies of a family, or with a boundary in an edition."""
    edition = select(Boundary.body_id).where(Boundary.vintage == family.upper(), said(Boundary))
    return or_(Body.kind == family.lower(), Body.id.in_(edition))


async def start_of(session: AsyncSession, edition: str) -> date | None:
    """Return the first day of an edition."""
    return await session.scalar(
        select(func.min(Boundary.valid_from)).where(Boundary.vintage == edition.upper(), said(Boundary))
    )


async def successors(session: AsyncSession, ids: Sequence[UUID]) -> Sequence[Row[UUID, UUID, float | None]]:
    """Return what took over from each body, with the share of its residents."""
    found = await session.execute(
        select(Relation.from_id, Relation.to_id, Relation.share)
        .where(Relation.from_id.in_(ids), Relation.kind == "succeeded_by", said(Relation))
        .order_by(Relation.from_id, Relation.share.desc(), Relation.to_id)
    )
    return found.all()


async def succeeded_on(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, date]:
    """Return from which day on the matters of these bodies are their successors', where that was applied."""
    wanted = select(Succession.predecessor_id, Succession.effective_on)
    return dict((await session.execute(wanted.where(Succession.predecessor_id.in_(ids)))).all())


HOMES = (
    select(Relation.from_id, Relation.to_id)
    .join(Body, Body.id == Relation.to_id)
    .where(Relation.from_id.in_(IDS), Relation.kind == "member_of", Body.is_footprint)
    .where(in_force(Relation, AS_OF))
    .order_by(Relation.from_id, func.coalesce(Relation.share, 1).asc(), Relation.to_id)
)


async def footprints_of(session: AsyncSession, ids: Sequence[UUID], as_of: date) -> dict[UUID, UUID]:
    """Return the footprint that each organisation is a member of: the one with most of it, on a day."""
    return dict((await session.execute(HOMES, {"ids": list(ids), "as_of": as_of})).all())
