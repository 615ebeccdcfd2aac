"""Reading the copies: feedback that a caller may see, bodies by reference, and their successors."""

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.copies.successors import follow_successors
from services.loop.core.queries import HEIR_NAMED_WITHIN
from services.loop.models import FeedbackCopy, FootprintCopy, OrganisationCopy
from shared.auth import Caller
from shared.schemas import ref_parts

AnyCopy = FootprintCopy | OrganisationCopy


async def feedback_visible_to(
    session: AsyncSession, caller: Caller, feedback_ids: Sequence[UUID], *, locked: bool = False
) -> dict[UUID, FeedbackCopy]:
    """The pieces of feedback that are known here and that the caller may see, by id.

    If `locked`, they stay as they are until the transaction ends: what becomes of them meanwhile waits its
    turn (`keep_before_acting`). Shared locks, one after another, would let nobody else through.
    """
    own = [body for body in (caller.organisation_id, *caller.heir_of) if body]
    theirs = or_(FeedbackCopy.organisations.overlap(own), FeedbackCopy.sender_id.in_(own))
    known = select(FeedbackCopy).where(FeedbackCopy.id.in_(feedback_ids))
    seen = known.where(or_(FeedbackCopy.state == "published", theirs)).order_by(FeedbackCopy.id)
    if locked:
        seen = seen.with_for_update(key_share=True).execution_options(populate_existing=True)
    return {copy.id: copy for copy in await session.scalars(seen)}


async def bodies_behind(session: AsyncSession, feedback_ids: Sequence[UUID]) -> Sequence[UUID]:
    """The bodies that these pieces of feedback are about, and those that sent them."""
    behind = func.unnest(func.array_append(FeedbackCopy.organisations, FeedbackCopy.sender_id)).label("body")
    bodies = select(behind).where(FeedbackCopy.id.in_(feedback_ids)).distinct().subquery()
    return (await session.scalars(select(bodies.c.body).where(bodies.c.body.is_not(None)))).all()


async def name_of_body(session: AsyncSession, body_id: UUID) -> str | None:
    """The name of a body; None when it is not known here."""
    organisation = await session.get(OrganisationCopy, body_id)
    if organisation:
        return organisation.name
    footprint = await session.get(FootprintCopy, body_id)
    return footprint.name if footprint else None


async def is_demonstration_feedback(session: AsyncSession, copies: Collection[FeedbackCopy]) -> bool:
    """Whether each of these is about invented bodies alone, wherever it is."""
    named = {body for copy in copies for body in copy.organisations}
    found = await session.scalars(select(OrganisationCopy).where(OrganisationCopy.id.in_(named)))
    invented = {copy.id: copy.demonstration for copy in found}
    places = named - invented.keys()
    return all(
        set(copy.organisations) - places and all(invented[body] for body in set(copy.organisations) - places)
        for copy in copies
    )


def footprint_query(ref: str) -> Select[FootprintCopy]:
    """The query for the footprint with this id or code; of several that had the code, the latest."""
    scheme, value = ref_parts(ref)
    column = {"id": FootprintCopy.id, "ods": FootprintCopy.ods, "ons": FootprintCopy.ons}[scheme]
    latest = (FootprintCopy.valid_to.desc().nulls_first(), FootprintCopy.valid_from.desc())
    # A footprint that was withdrawn before its first day never existed.
    existed = or_(FootprintCopy.valid_to.is_(None), FootprintCopy.valid_to >= FootprintCopy.valid_from)
    return select(FootprintCopy).where(column == value, existed).order_by(*latest).limit(1)


async def find_footprint(session: AsyncSession, ref: str) -> FootprintCopy | None:
    """The footprint with this id or code."""
    return await session.scalar(footprint_query(ref))


def organisation_query(ref: str) -> Select[OrganisationCopy]:
    """The query for the organisation with this id or code; of several that had the code, the latest."""
    scheme, value = ref_parts(ref)
    column = {"id": OrganisationCopy.id, "ods": OrganisationCopy.ods, "ons": OrganisationCopy.ons}[scheme]
    latest = OrganisationCopy.valid_to.desc().nulls_first()
    return select(OrganisationCopy).where(column == value).order_by(latest).limit(1)


async def heir_of(session: AsyncSession, footprint: FootprintCopy, on: date) -> FootprintCopy:
    """The footprint that answers for another on a day: itself, or its successor with the largest share."""

    async def find(body_id: UUID) -> FootprintCopy | None:
        return await session.get(FootprintCopy, body_id)

    return await follow_successors(footprint, find, lambda copy: is_succeeded(copy, on))


async def owner_of(session: AsyncSession, organisation: OrganisationCopy, on: date) -> AnyCopy:
    """The body that answers for an organisation on a day: itself, or its successor, which may be a board."""

    async def find(body_id: UUID) -> AnyCopy | None:
        return await find_copy(session, body_id)

    start: AnyCopy = organisation
    return await follow_successors(start, find, lambda copy: is_succeeded(copy, on))


def has_closed_for_good(body: AnyCopy, on: date) -> bool:
    """Whether a body closed so long ago that its closing is no mistake, and an heir would be named by now."""
    return body.valid_to is not None and body.valid_to < on - HEIR_NAMED_WITHIN


async def follows_itself(session: AsyncSession, body: AnyCopy, on: date) -> bool:
    """Whether the successions that are applied by a day lead from a body back to it."""
    left, seen = [body], set[UUID]()
    while left:
        each = left.pop()
        for heir in each.successors if is_succeeded(each, on) else ():
            if (following := UUID(str(heir["id"]))) == body.id:
                return True
            if following not in seen and (found := await find_copy(session, following)):
                left.append(found)
            seen.add(following)
    return False


async def find_copy(session: AsyncSession, body_id: UUID) -> AnyCopy | None:
    """The organisation or the footprint with this id."""
    known = await session.get(OrganisationCopy, body_id)
    return known or await session.get(FootprintCopy, body_id)


async def board_of_closed(session: AsyncSession, body: AnyCopy, on: date) -> FootprintCopy | None:
    """The board that answers for an organisation that closed without an heir: of its place, as it is now."""
    if isinstance(body, FootprintCopy) or body.successors or body.footprint_id is None:
        return None
    if body.valid_to is None or body.valid_to >= on:
        return None
    place = await session.get(FootprintCopy, body.footprint_id)
    board = await heir_of(session, place, on) if place else None
    return board if board and board.is_organisation else None


def is_succeeded(copy: AnyCopy, on: date) -> bool:
    """Whether others answer for a body or a place on a day.

    A body owns its loops until its succession is applied, whenever it closed. A place that is no body owns
    nothing, and is succeeded on the day after its last.
    """
    if isinstance(copy, FootprintCopy) and not copy.is_organisation:
        return copy.valid_to is not None and copy.valid_to < on
    return copy.succeeded_on is not None and copy.succeeded_on <= on
