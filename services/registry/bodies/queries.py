"""Bodies as they were on a day: one statement for any number of them."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import fields
from datetime import date
from functools import lru_cache
from typing import Any, get_args
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    ScalarSelect,
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
    union,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from services.registry.ledger.views import (
    AS_OF,
    GROUP_EDITIONS,
    IDS,
    KNOWN_AT,
    NOW,
    BodyOnDay,
    Edition,
    Role,
    View,
    has_opened,
    is_in_force,
    is_open,
    is_said,
    was_not_withdrawn,
)
from services.registry.models import Body, BodyCode, BodyName, Boundary, LegalForm, Relation
from services.registry.registers.models import Register
from shared.clock import ENGLAND

SUCCESSIONS = ("succeeded_by", "area_passed_to", "services_passed_to")
WIDTH = len(fields(BodyOnDay))
# What a reference can mean.
OF_ROLE: Mapping[Role, ColumnElement[bool]] = {
    "footprint": Body.is_footprint.expression,
    "organisation": Body.is_organisation.expression,
    "any": true(),
}
SCHEME, CODE = bindparam("scheme", type_=Text), bindparam("code", type_=Text)


def life_then() -> Subquery:
    """Select the first and the last day of `ids` as they were said at an instant: its names span a body."""
    begun = case((func.bool_or(BodyName.valid_from.is_(None)), None), else_=func.min(BodyName.valid_from))
    ended = case((func.bool_or(BodyName.valid_to.is_(None)), None), else_=func.max(BodyName.valid_to))
    named = select(BodyName.body_id, begun.label("opened_on"), ended.label("closed_on"))
    spanned = named.where(BodyName.body_id.in_(IDS), is_said(BodyName, KNOWN_AT))
    return spanned.group_by(BodyName.body_id).subquery()


def region_on(day: ColumnElement[date]) -> ScalarSelect[str | None]:
    """Select the name of the region of NHS England that enclosed a footprint on a day."""
    link, region, named = aliased(Relation), aliased(Body), aliased(BodyName)
    return (
        select(func.regexp_replace(named.name, "^NHS England ", ""))
        .join(link, link.from_id == named.body_id)
        .join(region, region.id == named.body_id)
        .where(link.to_id == Body.id, link.kind == "encloses", region.kind == "nhs_region")
        .where(is_in_force(link, day, KNOWN_AT), is_in_force(named, day, KNOWN_AT))
        .limit(1)
        .correlate(Body)
        .scalar_subquery()
    )


def body_state(life: Subquery | None = None) -> Select[*tuple[Any, ...]]:
    """Select `ids` as they were on `as_of`, in the order of `BodyOnDay`; a closed one as on its last day."""
    opened, closed = (
        (Body.opened_on, Body.closed_on) if life is None else (life.c.opened_on, life.c.closed_on)
    )
    # GREATEST and LEAST leave out what is NULL.
    day = func.greatest(func.least(AS_OF, closed), opened)
    ods, ons, later = aliased(BodyCode), aliased(BodyCode), aliased(BodyName)
    may_be_next = and_(later.not_before <= day, later.valid_from > day, is_said(later, KNOWN_AT))
    # Regions change between two editions, which name only one.
    region = case((Body.is_footprint, func.coalesce(region_on(day), Boundary.region)), else_=Boundary.region)
    state = select(
        *(Body.id, Body.version, Body.kind, Body.is_footprint, Body.is_organisation, Body.demonstration),
        *(opened.label("valid_from"), closed.label("valid_to"), Body.source),
        case((Body.withdrawn_at <= KNOWN_AT, Body.withdrawn_at)).label("withdrawn_at"),
        *(BodyName.name, ods.code.label("ods"), ons.code.label("ons"), LegalForm.legal_form),
        *(Boundary.edition, region.label("region"), Boundary.residents),
        *(Body.file, said_on(is_now=life is None), Register.covers_from),
        case((Body.is_closing_day_known, None), else_=closed).label("closed_not_later_than"),
        Body.services_ended_on,
        *(later.name.label("next_name"), later.not_before, later.valid_from.label("renamed_by")),
    ).where(Body.id.in_(IDS))
    if life is not None:
        state = state.join(life, life.c.body_id == Body.id)
    in_force = {each: is_in_force(each, day, KNOWN_AT) for each in (BodyName, ods, ons, LegalForm, Boundary)}
    return (
        state.join(BodyName, and_(BodyName.body_id == Body.id, in_force[BodyName]))
        .outerjoin(ods, and_(ods.body_id == Body.id, ods.scheme == "ods", in_force[ods]))
        .outerjoin(ons, and_(ons.body_id == Body.id, ons.scheme == "ons", in_force[ons]))
        .outerjoin(LegalForm, and_(LegalForm.body_id == Body.id, in_force[LegalForm]))
        .outerjoin(Boundary, and_(Boundary.body_id == Body.id, in_force[Boundary]))
        .outerjoin(later, and_(later.body_id == Body.id, may_be_next))
        .outerjoin(Register, Register.file == Body.file)
    )


def said_on(*, is_now: bool) -> ColumnElement[date | None]:
    """The day for which a register, or a steward, says that it is so; of earlier registers, not known."""
    by_hand = func.timezone(str(ENGLAND), BodyName.recorded_at).cast(Date)
    by_register = func.coalesce(Body.known_on, Body.named_on, Register.as_of)
    then = case((Register.imported_at <= KNOWN_AT, by_register))
    return case((Body.file == "", by_hand), else_=by_register if is_now else then).label("said_on")


BODIES, BODIES_THEN = body_state(), body_state(life_then())


async def bodies_on(session: AsyncSession, ids: Iterable[UUID], view: View) -> dict[UUID, BodyOnDay]:
    """The bodies with these ids as they were on a day."""
    statement = BODIES_THEN if view.is_of_earlier_words else BODIES
    found = await session.execute(statement, {"ids": list(ids), **view.parameters()})
    return {body.id: body for body in (BodyOnDay(*row) for row in found)}


def coded(role: Role) -> Select[UUID]:
    """Select the body that has `code` on `as_of`; else the one that had it last, else the first after."""
    return (
        select(BodyCode.body_id)
        .join(Body, Body.id == BodyCode.body_id)
        .where(BodyCode.scheme == SCHEME, BodyCode.code == CODE, is_said(BodyCode, KNOWN_AT))
        .where(was_not_withdrawn(KNOWN_AT), OF_ROLE[role])
        .order_by(
            is_in_force(BodyCode, AS_OF, KNOWN_AT).desc(),
            (func.coalesce(BodyCode.valid_from, date.min) <= AS_OF).desc(),
            BodyCode.valid_from.desc().nulls_last(),
            BodyCode.body_id,
        )
        .limit(1)
    )


CODED = {role: coded(role) for role in get_args(Role)}


async def body_with_code(
    session: AsyncSession, scheme: str, code: str, view: View, role: Role, edition: Edition | None = None
) -> UUID | None:
    """The body that has a code on a day; else the one that had it last, else the first after.

    With a family (`stp`, `icb`) or an edition of it (`STP2016`): only of the bodies in that.
    """
    wanted = CODED[role]
    if edition:
        wanted = wanted.where(is_in_edition(edition))
    return await session.scalar(wanted, {"scheme": scheme, "code": code, **view.parameters()})


def is_in_edition(edition: Edition) -> ColumnElement[bool]:
    """True for the bodies of a family, or with a boundary in an edition; for the groups of any of theirs."""
    family = "ccg" if edition.upper() in GROUP_EDITIONS else edition.lower()
    bounded = select(Boundary.body_id)
    bounded = bounded.where(Boundary.edition == edition.upper(), is_said(Boundary, KNOWN_AT))
    return or_(Body.kind == family, Body.id.in_(bounded))


async def first_day_of(session: AsyncSession, edition: Edition) -> date | None:
    """The first day of an edition."""
    if day := GROUP_EDITIONS.get(edition.upper()):
        return day
    wanted = select(func.min(Boundary.valid_from))
    return await session.scalar(wanted.where(Boundary.edition == edition.upper(), is_said(Boundary, NOW)))


FOOTPRINT = aliased(Body)
IS_ENCLOSED = Relation.kind == "encloses"
MEMBER = case((IS_ENCLOSED, Relation.to_id), else_=Relation.from_id)
HOME = case((IS_ENCLOSED, Relation.from_id), else_=Relation.to_id)
# The footprints that `ids` are members of on a day, or that enclose them, as they do their locations; the one
# with most of a body first.
HOMES = (
    select(MEMBER, HOME)
    .join(FOOTPRINT, FOOTPRINT.id == HOME)
    .where(FOOTPRINT.is_footprint, is_in_force(Relation, AS_OF, KNOWN_AT))
    .where(
        or_(
            and_(Relation.kind == "member_of", Relation.from_id.in_(IDS)),
            and_(IS_ENCLOSED, Relation.to_id.in_(IDS)),
        )
    )
    .order_by(IS_ENCLOSED, func.coalesce(Relation.share, 1).desc(), HOME.desc())
)


async def footprints_of(session: AsyncSession, ids: Iterable[UUID], view: View) -> dict[UUID, UUID]:
    """The footprint that each organisation belongs to or lies in on a day: the one with most of it."""
    homes: dict[UUID, UUID] = {}
    for body, home in await session.execute(HOMES, {"ids": list(ids), **view.parameters()}):
        homes.setdefault(body, home)
    return homes


async def names_of_heirs(session: AsyncSession, body: UUID, view: View) -> list[str]:
    """Who took over from a body when it closed, each as `ods:R0A` with its name."""
    wanted = select(Relation.to_id).where(Relation.from_id == body, Relation.kind == "succeeded_by")
    ids = (await session.scalars(wanted.where(is_said(Relation, view.known_at)))).all()
    heirs = (await bodies_on(session, ids, view)).values() if ids else ()
    return sorted(f"{'ods' if each.ods else 'ons'}:{each.ods or each.ons}, {each.name}" for each in heirs)


def is_named_like(words: str, view: View) -> ColumnElement[bool]:
    """True for the bodies that had a name in which each of these words begins a word."""
    parts = [part for part in "".join(c if c.isalnum() else " " for c in words).split() if part]
    wanted = func.to_tsquery("simple", " & ".join(f"{part}:*" for part in parts))
    named = select(BodyName.body_id).where(is_said(BodyName, view.known_at))
    return Body.id.in_(named.where(BodyName.words.bool_op("@@")(wanted)))


# Kept for what is asked again and again: building the statement costs more than running it.
@lru_cache(maxsize=512)
def open_bodies(
    view: View,
    role: Role,
    *,
    edition: Edition | None = None,
    kind: str | None = None,
    ods: str | None = None,
    footprint: UUID | None = None,
    words: str | None = None,
    include_closed: bool = False,
) -> Select[UUID]:
    """Select the ids of the bodies of a role that were open on a day, as far as all that is given fits.

    With `include_closed` also those that had closed by then.
    """
    wanted = select(Body.id).where(OF_ROLE[role], has_opened(view) if include_closed else is_open(view))
    if edition:
        bounded = select(Boundary.body_id).where(Boundary.edition == edition.upper())
        bounded = bounded.where(is_in_force(Boundary, view.as_of, view.known_at))
        wanted = wanted.where(or_(Body.kind == edition.lower(), Body.id.in_(bounded)))
    if kind:
        wanted = wanted.where(Body.kind == kind)
    if ods:
        having = select(BodyCode.body_id).where(BodyCode.scheme == "ods", BodyCode.code == ods)
        then = func.least(view.as_of, Body.closed_on) if include_closed else view.as_of
        having = having.where(is_in_force(BodyCode, then, view.known_at)).correlate(Body)
        wanted = wanted.where(Body.id.in_(having))
    if footprint:
        wanted = wanted.where(Body.id.in_(members_on(footprint, view)))
    return wanted.where(is_named_like(words, view)) if words else wanted


def members_on(footprint: UUID, view: View, kind: str | None = None) -> Select[UUID]:
    """Select the ids of the bodies that belonged to a footprint on a day."""
    in_force = is_in_force(Relation, view.as_of, view.known_at)
    related = union(
        select(Relation.from_id).where(Relation.to_id == footprint, Relation.kind == "member_of", in_force),
        select(Relation.to_id).where(Relation.from_id == footprint, Relation.kind == "encloses", in_force),
    ).subquery()
    wanted = select(Body.id).where(Body.id.in_(select(related)), is_open(view))
    return wanted.where(Body.kind == kind) if kind else wanted


async def bodies_with_homes(
    session: AsyncSession, ids: Collection[UUID], view: View
) -> tuple[dict[UUID, BodyOnDay], dict[UUID, BodyOnDay]]:
    """Bodies as they were on a day, and the footprint of each that has one; a footprint is its own."""
    homes = await footprints_of(session, ids, view)
    found = await bodies_on(session, {*ids, *homes.values()}, view)
    homes.update((each, each) for each in ids if found[each].is_footprint)
    return found, {each: found[home] for each, home in homes.items() if home in found}
