"""Reading loops that were inherited, and loops that must be."""

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, union, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.copies.queries import AnyCopy
from services.loop.core.access import locking
from services.loop.models import FootprintCopy, Loop, LoopFeedback, OrganisationCopy
from services.loop.records import Commitment
from shared.events.registry import OrganisationSuccessor, Successor

Successors = Sequence[Successor] | Sequence[OrganisationSuccessor]


async def lock_loops_of(session: AsyncSession, body: UUID) -> Sequence[Loop]:
    """The loops of a body that are not closed, locked."""
    wanted = select(Loop).where(or_(Loop.footprint_id == body, Loop.organisation_id == body))
    wanted = wanted.where(Loop.state != "closed").order_by(Loop.id)
    return (await session.scalars(locking(wanted))).all()


async def lock_loops_with_promises_of(session: AsyncSession, body: UUID) -> Sequence[Loop]:
    """The loops of others, locked, in which a body has made a promise and not kept it."""
    promised = select(Commitment.id).where(is_promise_of_others(), Commitment.owner_organisation_id == body)
    wanted = select(Loop).where(promised.exists(), Loop.state != "closed")
    return (await session.scalars(locking(wanted.order_by(Loop.id)))).all()


def is_promise_of_others() -> ColumnElement[bool]:
    """Whether a promise that is not kept was made in a loop that was never its owner's.

    An heir names new owners for what was promised in the loops that it takes over.
    """
    owner = Commitment.owner_organisation_id
    bodies = (Loop.footprint_id, Loop.organisation_id, Loop.inherited_from)
    others = and_(*(body.is_distinct_from(owner) for body in bodies))
    return and_(Commitment.loop_id == Loop.id, Commitment.kept_at.is_(None), others)


async def ask_heir(session: AsyncSession, predecessor: UUID, heir: UUID) -> None:
    """Let drafts that wait for the agreement of a body wait for that of its heir."""
    asked = LoopFeedback.asked
    replaced = func.array_replace(asked, predecessor, heir)
    await session.execute(update(LoopFeedback).where(asked.contains([predecessor])).values(asked=replaced))


async def lock_loops_kept_for(session: AsyncSession, body: UUID, heirs: Successors) -> Sequence[Loop]:
    """The loops that a body had and a board has answered for since it closed, locked."""
    wanted = select(Loop).where(Loop.inherited_from == body, Loop.state != "closed")
    wanted = wanted.where(Loop.organisation_id.not_in([body, *(heir.id for heir in heirs)]))
    return (await session.scalars(locking(wanted.order_by(Loop.id)))).all()


async def owners_that_ended(session: AsyncSession, on: date) -> Sequence[AnyCopy]:
    """The bodies that own something here although others answer for them on a day.

    They were succeeded; or they closed without an heir, and are known to have been in a footprint.
    """
    running = Loop.state != "closed"
    asked = select(func.unnest(LoopFeedback.asked)).join(Loop, Loop.id == LoopFeedback.loop_id)
    owners = union(
        select(Loop.footprint_id).where(running),
        select(Loop.organisation_id).where(running),
        select(Commitment.owner_organisation_id).join(Loop, is_promise_of_others()).where(running),
        asked.where(Loop.state == "draft", LoopFeedback.asked != []),
    )
    boards = select(FootprintCopy).where(FootprintCopy.id.in_(owners), is_succeeded(FootprintCopy, on))
    ended = or_(is_succeeded(OrganisationCopy, on), closed_without_heir(on))
    bodies = select(OrganisationCopy).where(OrganisationCopy.id.in_(owners), ended)
    return [
        *await session.scalars(boards.order_by(FootprintCopy.id)),
        *await session.scalars(bodies.order_by(OrganisationCopy.id)),
    ]


def is_succeeded(model: type[AnyCopy], on: date) -> ColumnElement[bool]:
    """Whether the succession of a body was applied by a day."""
    return and_(model.succeeded_on <= on, model.successors != [])


def closed_without_heir(on: date) -> ColumnElement[bool]:
    """Whether an organisation closed before a day, nobody follows it, and the board of its place is known."""
    without = (OrganisationCopy.successors == []) & OrganisationCopy.footprint_id.is_not(None)
    return (OrganisationCopy.valid_to < on) & without


async def loops_to_return(session: AsyncSession) -> Sequence[UUID]:
    """The loops that were handed on by the succession of a body that is not succeeded any more.

    What the board of a closed body answers for stays with the board, unless it was named as the heir.
    """
    heir = func.jsonb_build_array(func.jsonb_build_object("id", Loop.organisation_id))
    by_board = select(FootprintCopy.id).where(FootprintCopy.id == Loop.organisation_id).exists()
    owner = select(OrganisationCopy.id).where(
        OrganisationCopy.id == Loop.inherited_from,
        OrganisationCopy.succeeded_on.is_(None),
        or_(~by_board, OrganisationCopy.successors.contains(heir)),
    )
    place = select(FootprintCopy.id).where(
        FootprintCopy.id == Loop.inherited_from, FootprintCopy.succeeded_on.is_(None)
    )
    wanted = select(Loop.id).where(Loop.inherited_from.is_not(None), Loop.state != "closed")
    return (await session.scalars(wanted.where(or_(owner.exists(), place.exists())).order_by(Loop.id))).all()


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
