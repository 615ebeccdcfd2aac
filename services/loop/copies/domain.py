"""Copies of what the loop needs of other services: keeping them, and looking bodies up in them."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple, TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.clocks.reading import settle_reading
from services.loop.copies import queries
from services.loop.models import GONE, FeedbackCopy, FootprintCopy, LoopFeedback, OrganisationCopy, ReachCopy
from shared.auth import Caller
from shared.clock import today
from shared.consumers import Heard
from shared.copies import keep_newest, may_arrive, problem_of_unknown
from shared.events import Envelope
from shared.events.feedback import FeedbackState, ReachAssessed
from shared.events.registry import FootprintState, FootprintWithdrawn, OrganisationState

Known = TypeVar("Known")
LOOKS_MAX = 40
LOOK_SECONDS = 0.05
# A request that waits holds a database connection: a flood of unknown ids must not hold them all.
WAITING_MAX = 3
waiting: set[object] = set()


class Body(NamedTuple):
    """A body that can answer, and the footprint it is in."""

    organisation_id: UUID | None
    footprint_id: UUID | None


async def keep_feedback(session: AsyncSession, heard: Sequence[Heard[FeedbackState]]) -> None:
    """Keep whom feedback concerns, its kind, its state and whether it is read."""
    await keep_newest(
        session, FeedbackCopy, [(envelope, values_of_feedback(event)) for event, envelope in heard]
    )
    settled = {event.feedback_id for event, _ in heard if event.read_at or event.state in GONE}
    if settled:
        await settle_reading(session, LoopFeedback.feedback_id.in_(settled))


async def keep_before_acting(session: AsyncSession, event: FeedbackState, envelope: Envelope) -> None:
    """Keep what an event says of feedback, locked, before a reaction looks for the loops that answer it.

    Who drafts a loop from it at that moment has committed it by then, or reads what the event says: the
    copies may come later than the reaction.
    """
    await keep_newest(session, FeedbackCopy, [(envelope, values_of_feedback(event))])


def values_of_feedback(event: FeedbackState) -> dict[str, object]:
    """What a copy keeps of feedback."""
    return {
        "kind": event.kind,
        "state": event.state,
        "reply_ref": event.reply_ref,
        "reachable": event.reachable,
        "sender_id": event.sender_id,
        "received_at": event.received_at,
        "read_at": event.read_at,
        "footprint_id": event.footprint_id,
        "organisations": list(event.organisations),
    }


async def keep_reach(session: AsyncSession, heard: Sequence[Heard[ReachAssessed]]) -> None:
    """Keep whether mail reaches contributors, and how their mailed code is found."""
    kept = {"feedback_id", "reach", "reason", "mailed_ref"}
    await keep_newest(
        session, ReachCopy, [(envelope, event.model_dump(include=kept)) for event, envelope in heard]
    )


async def keep_footprints(session: AsyncSession, heard: Sequence[Heard[FootprintState]]) -> None:
    """Keep the codes, dates and successors of footprints."""
    await keep_newest(
        session, FootprintCopy, [(envelope, values_of_footprint(event)) for event, envelope in heard]
    )


def values_of_footprint(event: FootprintState) -> dict[str, object]:
    """What a copy keeps of a footprint.

    One that will never exist has no codes, and its last day is before its first.
    """
    if isinstance(event, FootprintWithdrawn):
        never = {"ods": None, "ons": None, "successors": (), "valid_to": event.valid_from - timedelta(days=1)}
        event = event.model_copy(update=never)
    kept = {"name", "ods", "ons", "valid_from", "valid_to", "is_organisation", "succeeded_on"}
    successors = [successor.model_dump(mode="json") for successor in event.successors]
    lists = {"successors": successors, "operated_by": list(event.operated_by)}
    return event.model_dump(include=kept) | lists


async def keep_organisations(session: AsyncSession, heard: Sequence[Heard[OrganisationState]]) -> None:
    """Keep the codes of organisations, the footprint each is in, or was in last, and its successors."""
    await keep_newest(
        session, OrganisationCopy, [(envelope, values_of_organisation(event)) for event, envelope in heard]
    )


def values_of_organisation(event: OrganisationState) -> dict[str, object]:
    """What a copy keeps of an organisation."""
    kept = {"name", "ods", "ons", "valid_to", "footprint_id", "demonstration", "succeeded_on"}
    successors = [successor.model_dump(mode="json") for successor in event.successors]
    lists = {"successors": successors, "operated_by": list(event.operated_by)}
    return event.model_dump(include=kept) | lists


async def wait_for(look: Callable[[], Awaitable[Known | None]]) -> Known | None:
    """What is known, or becomes known within 2 s; otherwise None. If many already wait, it does not wait."""
    found = await look()
    if found is not None or len(waiting) >= WAITING_MAX:
        return found
    waiting.add(mine := object())
    try:
        for _ in range(LOOKS_MAX):
            await asyncio.sleep(LOOK_SECONDS)
            if (found := await look()) is not None:
                return found
        return None
    finally:
        waiting.remove(mine)


async def footprint_today(session: AsyncSession, ref: str, pointer: str = "/footprint") -> FootprintCopy:
    """The footprint that a reference names, or its successor; one of UNKNOWN_BODY at `pointer`."""
    named = await queries.find_footprint(session, ref)
    if named is None and may_arrive(ref):
        named = await wait_for(lambda: queries.find_footprint(session, ref))
    if named is None:
        raise problem_of_unknown(ref, pointer)
    return await queries.heir_of(session, named, today())


async def body_today(session: AsyncSession, ref: str, pointer: str = "/organisation") -> Body:
    """The body that a reference names, or its successor; one of UNKNOWN_BODY at `pointer`."""
    body = await find_body(session, ref)
    if body is None and may_arrive(ref):
        body = await wait_for(lambda: find_body(session, ref))
    if body is None:
        raise problem_of_unknown(ref, pointer)
    return body


async def heir_today(session: AsyncSession, body_id: UUID, *, reads: bool = False) -> UUID | None:
    """The body or the place that answers today for one of these ids; None where it is not known here.

    If it `reads` what is not published, a board waits as long as the closing may be taken back.
    """
    place = await session.get(FootprintCopy, body_id)
    if place is not None:
        return (await queries.heir_of(session, place, today())).id
    organisation = await session.get(OrganisationCopy, body_id)
    if organisation is None:
        return None
    owner = await queries.owner_of(session, organisation, today())
    board = await queries.board_of_closed(session, owner, today())
    return board.id if board and (queries.has_closed_for_good(owner, today()) or not reads) else owner.id


async def with_inherited(session: AsyncSession, caller: Caller, feedback_ids: Sequence[UUID]) -> Caller:
    """The caller with the bodies for which its own answers today, of those behind this feedback."""
    own = caller.organisation_id
    if own is None:
        return caller
    behind = await queries.bodies_behind(session, feedback_ids)
    mine = [body for body in behind if body != own and await heir_today(session, body, reads=True) == own]
    return replace(caller, heir_of=frozenset(mine))


async def find_body(session: AsyncSession, ref: str) -> Body | None:
    """The body with this id or code; a board is a footprint and a body in one, under one id."""
    footprint = await session.scalar(queries.footprint_query(ref))
    if footprint and footprint.is_organisation:
        heir = await queries.heir_of(session, footprint, today())
        return Body(heir.id, heir.id)
    organisation = await session.scalar(queries.organisation_query(ref))
    if organisation is None:
        return None
    owner = await queries.owner_of(session, organisation, today())
    return Body(owner.id, owner.id if isinstance(owner, FootprintCopy) else owner.footprint_id)
