"""Tellings: who is to be told, and asking for each of them to be told."""

import hashlib
from collections.abc import Collection, Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.clocks import domain as clocks
from services.loop.models import FeedbackCopy, Loop
from services.loop.records import Telling
from services.loop.tellings import queries
from shared.clock import now
from shared.events.loop import LoopTellingRequested, TellingKind
from shared.ids import new_id
from shared.outbox import record

Kind = TellingKind


class Preview(NamedTuple):
    """Who would be told; the id changes when that changes."""

    kind: Kind
    contributors: int
    reachable: int
    preview_id: str


async def preview(session: AsyncSession, loop: Loop, kind: Kind) -> Preview:
    """Return who would be told if it were asked for now."""
    found = await reachable(session, loop)
    told = "\n".join([str(loop.id), kind, *sorted(str(copy.id) for copy in found)])
    return Preview(kind, len(loop.feedback_ids), len(found), hashlib.sha256(told.encode()).hexdigest()[:16])


async def reachable(session: AsyncSession, loop: Loop) -> Sequence[FeedbackCopy]:
    """Return the linked feedback whose contributors can be told: permission and a working address."""
    linked = select(FeedbackCopy).where(FeedbackCopy.id.in_(loop.feedback_ids), FeedbackCopy.reachable)
    return (await session.scalars(linked.order_by(FeedbackCopy.id))).all()


async def request_tellings(
    session: AsyncSession, loop: Loop, kind: Kind, *, only: Collection[UUID] | None = None
) -> list[Telling]:
    """Ask for word to everybody whom it is for, in a locked loop; the next is due in 90 days.

    `only` names the feedback whose givers it is for, where that is not everybody who can be told.
    """
    at, found = now(), await reachable(session, loop)
    if kind == "verdict_reminder":
        only = await silent(session, loop, found)
    tellings = [
        Telling(
            id=new_id(), loop_id=loop.id, feedback_id=copy.id, kind=kind, state="requested", requested_at=at
        )
        for copy in found
        if only is None or copy.id in only
    ]  # fmt: skip
    session.add_all(tellings)
    await clocks.start(session, loop, "update", at)
    for telling in tellings:
        record(session, loop, requested(loop, telling))
    return tellings


async def silent(session: AsyncSession, loop: Loop, found: Sequence[FeedbackCopy]) -> set[UUID]:
    """Return the feedback whose givers were asked for their verdict and have not given it."""
    asked = await queries.asked_ids(session, loop)
    answered = await queries.answered_refs(session, loop)
    return {copy.id for copy in found if copy.id in asked and copy.reply_ref not in answered}


def requested(loop: Loop, telling: Telling) -> LoopTellingRequested:
    """Return the event that asks for one contributor to be told."""
    return LoopTellingRequested(
        loop_id=loop.id, state=loop.state, organisation_id=loop.organisation_id,
        footprint_id=loop.footprint_id, demonstration=loop.demonstration, answer=loop.answer,
        head=loop.history_head, length=loop.history_length,
        telling_id=telling.id, feedback_id=telling.feedback_id, kind=telling.kind,
    )  # fmt: skip
