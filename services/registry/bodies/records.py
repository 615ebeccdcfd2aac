"""What is said of one body, read under its lock so that it can be changed."""

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies.queries import SUCCESSIONS
from services.registry.ledger.views import NOW, Fact, holds_between, is_said
from services.registry.models import (
    Appointment,
    Body,
    BodyCode,
    BodyName,
    Boundary,
    Contact,
    Dated,
    LegalForm,
    OwnFact,
    Relation,
)

OWN_FACTS: tuple[type[OwnFact], ...] = (BodyName, BodyCode, LegalForm, Boundary)


async def related_to(session: AsyncSession, body_id: UUID) -> set[UUID]:
    """The bodies with relations that lead to a body and can end with it."""
    wanted = select(Relation.from_id).where(
        Relation.to_id == body_id, Relation.kind.not_in(SUCCESSIONS), is_said(Relation, NOW)
    )
    return set(await session.scalars(wanted.distinct()))


async def facts_of(
    session: AsyncSession, body_id: UUID, model: Fact, scheme: str | None = None
) -> Sequence[OwnFact]:
    """What is said of a body in a table, of codes those of a scheme, in the order of days."""
    wanted = select(model).where(model.body_id == body_id, is_said(model, NOW))
    if scheme:
        wanted = wanted.where(model.scheme == scheme)
    found: Sequence[OwnFact] = (
        await session.scalars(wanted.order_by(model.valid_from.nulls_first(), model.id))
    ).all()
    return found


async def all_said_of(
    session: AsyncSession, ids: Collection[UUID], since: date = date.min, *, but: Sequence[str] = SUCCESSIONS
) -> list[Dated]:
    """All that is said of bodies for a day or later, with the relations from and to them, read anew.

    Relations of the kinds in `but` are left out: a succession does not end with its bodies.
    """
    about: dict[type[Dated], ColumnElement[bool]] = {each: each.body_id.in_(ids) for each in OWN_FACTS}
    ends = or_(Relation.from_id.in_(ids), Relation.to_id.in_(ids))
    about[Relation] = and_(ends, Relation.kind.not_in(but))
    found: list[Dated] = []
    for model, is_about in about.items():
        wanted = select(model).where(is_about, is_said(model, NOW), holds_between(model, since, None))
        ordered = wanted.order_by(model.valid_from.nulls_first(), model.id)
        found += await session.scalars(ordered.execution_options(populate_existing=True))
    return found


async def lock_code(session: AsyncSession, scheme: str, code: str) -> None:
    """Wait for whoever else is about to give somebody this code."""
    lock = text("SELECT pg_advisory_xact_lock(hashtext(:code))").bindparams(code=f"code {scheme}:{code}")
    await session.execute(lock)


async def holder_of(
    session: AsyncSession, scheme: str, code: str, since: date, until: date | None, but: UUID | None = None
) -> UUID | None:
    """Another body that has a code on any day of a period, if there is one."""
    held = (
        select(BodyCode.body_id)
        .join(Body, Body.id == BodyCode.body_id)
        .where(BodyCode.scheme == scheme, BodyCode.code == code, is_said(BodyCode, NOW))
        .where(Body.withdrawn_at.is_(None))
        .where(holds_between(BodyCode, since, until))
    )
    return await session.scalar((held.where(Body.id != but) if but else held).limit(1))


async def bodies(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, Body]:
    """The bodies with these ids, not locked."""
    found = await session.scalars(select(Body).where(Body.id.in_(ids))) if ids else ()
    return {each.id: each for each in found}


def is_declared_succession(body: Body) -> ColumnElement[bool]:
    """True for the successions that a body's days must fit: of organisations, those that a steward said.

    Registers give the days of organisations and of their successions apart, and now and then they differ.
    """
    is_succession = and_(Relation.kind == "succeeded_by", is_said(Relation, NOW))
    return is_succession if body.is_footprint else and_(is_succession, ~Relation.imported)


async def succession_of(session: AsyncSession, body: Body) -> date | None:
    """The first day of a body's successors, if they are declared."""
    wanted = select(func.min(Relation.valid_from)).where(Relation.from_id == body.id)
    return await session.scalar(wanted.where(is_declared_succession(body)))


async def is_successor_from(session: AsyncSession, body: Body, day: date | None) -> bool:
    """Whether a body took over from another on a day."""
    wanted = select(Relation.id).where(Relation.to_id == body.id, Relation.valid_from == day)
    return await session.scalar(wanted.where(is_declared_succession(body)).limit(1)) is not None


async def count_left(session: AsyncSession, body_id: UUID, day: date) -> dict[str, int]:
    """How many appointments and contacts of a body do not end by a day."""
    models: tuple[tuple[Fact, Fact], ...] = ((Appointment, Appointment.held_to), (Contact, Contact.ended_on))
    counts = [
        select(func.count())
        .where(model.body_id == body_id, is_said(model, NOW), func.coalesce(last, date.max) > day)
        .scalar_subquery()
        for model, last in models
    ]
    appointments, contacts = (await session.execute(select(*counts))).one()
    return {"appointment": appointments, "contact": contacts}
