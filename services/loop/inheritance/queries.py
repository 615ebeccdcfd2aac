"""Reading loops that were inherited, and loops that must be."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import NamedTuple, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.copies.queries import AnyCopy
from services.loop.core.access import locking
from services.loop.models import FootprintCopy, Loop, LoopFeedback, OrganisationCopy
from services.loop.records import Commitment

KnownCopy = TypeVar("KnownCopy", FootprintCopy, OrganisationCopy)


class Owned(NamedTuple):
    """A loop that a succeeded body still owns, and that body."""

    loop: Loop
    predecessor: AnyCopy


def is_owned_by(body: ColumnElement[UUID] | UUID) -> ColumnElement[bool]:
    """Whether a loop is of a body and not closed."""
    return (Loop.state != "closed") & or_(Loop.footprint_id == body, Loop.organisation_id == body)


async def lock_loops_of(session: AsyncSession, body: UUID) -> Sequence[Loop]:
    """The loops of a body that are not closed, locked."""
    wanted = select(Loop).where(is_owned_by(body)).order_by(Loop.id)
    return (await session.scalars(locking(wanted))).all()


async def lock_loops_with_promises_of(session: AsyncSession, body: UUID) -> Sequence[Loop]:
    """The loops of others, locked, in which a body has made a promise and not kept it."""
    promised = select(Commitment.loop_id).where(
        Commitment.owner_organisation_id == body, Commitment.kept_at.is_(None)
    )
    wanted = select(Loop).where(
        Loop.id.in_(promised),
        Loop.state != "closed",
        Loop.footprint_id.is_distinct_from(body),
        Loop.organisation_id.is_distinct_from(body),
    )
    return (await session.scalars(locking(wanted.order_by(Loop.id)))).all()


async def ask_heir(session: AsyncSession, predecessor: UUID, heir: UUID) -> None:
    """Let drafts that wait for the agreement of a body wait for that of its heir."""
    asked = LoopFeedback.asked
    replaced = func.array_replace(asked, predecessor, heir)
    await session.execute(update(LoopFeedback).where(asked.contains([predecessor])).values(asked=replaced))


async def closed_and_asked(session: AsyncSession, on: date) -> Sequence[OrganisationCopy]:
    """The organisations that closed without an heir, and for whose agreement drafts wait."""
    asked = select(func.unnest(LoopFeedback.asked)).join(Loop, Loop.id == LoopFeedback.loop_id)
    waiting = OrganisationCopy.id.in_(asked.where(Loop.state == "draft", LoopFeedback.asked != []))
    closed = select(OrganisationCopy).where(waiting, OrganisationCopy.valid_to < on)
    without = closed.where(OrganisationCopy.successors == [], OrganisationCopy.footprint_id.is_not(None))
    return (await session.scalars(without.order_by(OrganisationCopy.id))).all()


async def lock_left_behind(session: AsyncSession) -> Owned | None:
    """A loop, locked, that a body still owns although it was succeeded."""
    return await lock_left_by(session, FootprintCopy) or await lock_left_by(session, OrganisationCopy)


async def lock_left_by(session: AsyncSession, model: type[KnownCopy]) -> Owned | None:
    """The same, of the bodies in one table of copies."""
    succeeded = model.succeeded_on.is_not(None) & (model.successors != [])
    owned = select(Loop).join(model, is_owned_by(model.__table__.c.id)).where(succeeded)
    loop = (await session.scalars(locking(owned.limit(1), skip_locked=True))).first()
    if loop is None:
        return None
    bodies = {loop.footprint_id, loop.organisation_id} - {None}
    found = select(model).where(model.id.in_(bodies), succeeded)
    return Owned(loop, (await session.scalars(found.limit(1))).one())


async def places_of(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, UUID]:
    """The footprint of each of these bodies, as far as it is known here; a board is its own."""
    boards = select(FootprintCopy.id).where(FootprintCopy.id.in_(ids))
    places = {board: board for board in await session.scalars(boards)}
    for body in await session.scalars(select(OrganisationCopy).where(OrganisationCopy.id.in_(ids))):
        if body.footprint_id:
            places[body.id] = body.footprint_id
    return places


async def unkept_of(session: AsyncSession, loop: Loop, owner: UUID) -> Sequence[Commitment]:
    """The promises of a loop that a body has not kept."""
    mine = select(Commitment).where(Commitment.loop_id == loop.id, Commitment.owner_organisation_id == owner)
    unkept = mine.where(Commitment.kept_at.is_(None)).order_by(Commitment.id)
    return (await session.scalars(unkept.execution_options(populate_existing=True))).all()


def promises_inherited(footprint: UUID | None) -> Select[Commitment]:
    """The query for the promises in public loops that successors took over, or this successor."""
    inherited = select(Commitment).join(Loop, Loop.id == Commitment.loop_id)
    inherited = inherited.where(Loop.inherited_from.is_not(None), Loop.state != "draft")
    if footprint is None:
        return inherited
    return inherited.where(or_(Loop.footprint_id == footprint, Loop.organisation_id == footprint))


async def loops_by_id(session: AsyncSession, ids: set[UUID]) -> dict[UUID, Loop]:
    """Loops by their ids."""
    return {loop.id: loop for loop in await session.scalars(select(Loop).where(Loop.id.in_(ids)))}
