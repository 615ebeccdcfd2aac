"""Whom feedback is about: references to bodies, resolved from this service's own copies of the registry."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.items.desk import Desk
from services.feedback.items.intake import About
from services.feedback.items.schemas import NewFeedback
from services.feedback.models import FootprintCopy, OrganisationCopy
from services.feedback.places import queries
from shared.clock import today
from shared.copies import follow_successors
from shared.errors import FieldError, NotHereYet

LOOK_AGAIN_SECONDS = 0.1


async def about(session: AsyncSession, new: NewFeedback, desk: Desk) -> About:
    """Return the bodies that new feedback names; PostcodeNotFound, LookupUnavailable or NotHereYet."""
    footprint_id = await desk.lookup.footprint_of(new.postcode) if new.postcode else None
    if new.footprint:
        footprint_id = await footprint_id_of(session, new.footprint, desk, "/footprint")
    organisations = [await organisation_id_of(session, ref, desk, "/organisation") for ref in new.body_refs]
    return About(footprint_id, list(dict.fromkeys(organisations)))


def recalled(new: NewFeedback, desk: Desk) -> About | None:
    """Return the bodies that new feedback names, if all of them were resolved a moment ago."""
    if new.postcode:
        return None
    footprint_id = desk.memory.recall("footprint", new.footprint) if new.footprint else None
    organisations = [known for ref in new.body_refs if (known := desk.memory.recall("organisation", ref))]
    if len(organisations) < len(new.body_refs) or (new.footprint and footprint_id is None):
        return None
    return About(footprint_id, list(dict.fromkeys(organisations)))


async def footprint_id_of(session: AsyncSession, ref: str, desk: Desk, pointer: str) -> UUID:
    """Return the footprint of today that a reference leads to."""

    async def found() -> UUID | None:
        copy = await queries.by_ref(session, FootprintCopy, ref)
        return (await present(session, copy)).id if copy else None

    return await remembered("footprint", ref, desk, found, pointer)


async def organisation_id_of(session: AsyncSession, ref: str, desk: Desk, pointer: str) -> UUID:
    """Return the organisation that a reference stands for; a footprint with a body of its own is one."""

    async def found() -> UUID | None:
        if organisation := await queries.by_ref(session, OrganisationCopy, ref):
            return organisation.id
        body = await queries.by_ref(session, FootprintCopy, ref, FootprintCopy.is_organisation)
        return (await present(session, body)).id if body else None

    return await remembered("organisation", ref, desk, found, pointer)


async def present(session: AsyncSession, footprint: FootprintCopy) -> FootprintCopy:
    """Follow an abolished footprint to what it is today, each time to the heir of the largest share."""
    return await follow_successors(session, footprint, is_abolished)


def is_abolished(footprint: FootprintCopy) -> bool:
    """Whether a footprint's last day is over."""
    return footprint.valid_to is not None and footprint.valid_to < today()


async def remembered(
    kind: str, ref: str, desk: Desk, find: Callable[[], Awaitable[UUID | None]], pointer: str
) -> UUID:
    """Return what a reference stands for, from memory or by `find`; it may still be on its way here."""
    if known := desk.memory.recall(kind, ref):
        return known
    if (found := await find() or await arrived(desk, find)) is None:
        detail = f"No {kind} {ref} is known here yet: check it, or try again in a second."
        raise NotHereYet(detail, errors=[FieldError(pointer=pointer, detail=detail)])
    return desk.memory.remember(kind, ref, found)


async def arrived(desk: Desk, find: Callable[[], Awaitable[UUID | None]]) -> UUID | None:
    """Return what is found in the time that it may still be on its way; None at once when many wait."""
    until, found = time.monotonic() + desk.arrival_seconds, None
    with desk.memory.waits() as admitted:
        while admitted and found is None and time.monotonic() < until:
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
            found = await find()
    return found
