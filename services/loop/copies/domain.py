"""Copies of what the loop needs of other services: keeping them, and looking bodies up in them."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import NamedTuple, TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.clocks.reading import settle_reading
from services.loop.copies import queries
from services.loop.models import GONE, FeedbackCopy, FootprintCopy, LoopFeedback, OrganisationCopy, ReachCopy
from shared.clock import today
from shared.copies import is_code, keep_newer, problem_of_unknown
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


async def keep_feedback(session: AsyncSession, event: FeedbackState, envelope: Envelope) -> None:
    """Keep whom a piece of feedback concerns, its kind, its state and whether it is read."""
    kept = {
        "kind",
        "state",
        "reply_ref",
        "reachable",
        "sender_id",
        "received_at",
        "read_at",
        "footprint_id",
    }
    values = event.model_dump(include=kept)
    values["organisations"] = list(event.organisations)
    await keep_newer(session, FeedbackCopy, envelope, values)
    if event.read_at or event.state in GONE:
        await settle_reading(session, LoopFeedback.feedback_id == event.feedback_id)


async def keep_reach(session: AsyncSession, event: ReachAssessed, envelope: Envelope) -> None:
    """Keep whether mail reaches a contributor, and how their mailed code is found."""
    values = event.model_dump(include={"feedback_id", "reach", "reason", "mailed_ref"})
    await keep_newer(session, ReachCopy, envelope, values)


async def keep_footprint(session: AsyncSession, event: FootprintState, envelope: Envelope) -> None:
    """Keep a footprint's codes, dates and successors."""
    kept = {"name", "ods", "ons", "valid_from", "valid_to", "is_organisation", "succeeded_on"}
    values = event.model_dump(include=kept)
    values["successors"] = [successor.model_dump(mode="json") for successor in event.successors]
    await keep_newer(session, FootprintCopy, envelope, values)


async def close_footprint(session: AsyncSession, event: FootprintWithdrawn, envelope: Envelope) -> None:
    """Record that a footprint will never exist: it has no codes, and its last day is before its first."""
    never = {"ods": None, "ons": None, "successors": (), "valid_to": event.valid_from - timedelta(days=1)}
    await keep_footprint(session, event.model_copy(update=never), envelope)


async def keep_organisation(session: AsyncSession, event: OrganisationState, envelope: Envelope) -> None:
    """Keep an organisation's codes, the footprint it is in, and its successors."""
    kept = {"name", "ods", "ons", "valid_to", "footprint_id", "demonstration", "succeeded_on"}
    values = event.model_dump(include=kept)
    values["successors"] = [successor.model_dump(mode="json") for successor in event.successors]
    await keep_newer(session, OrganisationCopy, envelope, values)


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
    """The footprint that a reference names, or its successor; NotHereYet or CodeUnknown at `pointer`."""
    named = await queries.find_footprint(session, ref)
    if named is None and not is_code(ref):
        named = await wait_for(lambda: queries.find_footprint(session, ref))
    if named is None:
        raise problem_of_unknown(ref, pointer)
    return await queries.heir_of(session, named, today())


async def body_today(session: AsyncSession, ref: str, pointer: str = "/organisation") -> Body:
    """The body that a reference names, or its successor; NotHereYet or CodeUnknown at `pointer`."""
    body = await find_body(session, ref)
    if body is None and not is_code(ref):
        body = await wait_for(lambda: find_body(session, ref))
    if body is None:
        raise problem_of_unknown(ref, pointer)
    return body


async def heir_today(session: AsyncSession, body_id: UUID) -> UUID | None:
    """The body or the place that answers today for one of these ids; None where it is not known here."""
    place = await session.get(FootprintCopy, body_id)
    if place is not None:
        return (await queries.heir_of(session, place, today())).id
    organisation = await session.get(OrganisationCopy, body_id)
    return (await queries.owner_of(session, organisation, today())).id if organisation else None


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
