"""Inheritance: the loops of a succeeded body go to its heir, with their state and their clocks."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.copies.queries import AnyCopy
from services.loop.core.attempts import attempt_by_rule
from services.loop.core.steps import RUNNING, Effect, Step, judge, take
from services.loop.inheritance import queries
from services.loop.inheritance.schemas import InheritedPromise
from services.loop.models import FootprintCopy, Loop, OrganisationCopy
from services.loop.records import Commitment
from shared.clock import today
from shared.events import Envelope
from shared.events.loop import LoopInherited
from shared.events.registry import (
    FootprintSucceeded,
    OrganisationSucceeded,
    OrganisationSuccessor,
    Successor,
)

INHERITANCE = Step[None](
    name="inheritance", sources=("draft", *RUNNING), event=LoopInherited, stamp="inherited_at"
)
STEPS = (INHERITANCE,)


Successors = Sequence[Successor] | Sequence[OrganisationSuccessor]


class Succession(NamedTuple):
    """A body that was succeeded, its successors, the first day of these, and whether it was a footprint."""

    predecessor: UUID
    successors: Successors
    effective_on: date
    is_of_footprint: bool


class Heir(NamedTuple):
    """The body that takes over a loop, its place, and whether another could equally have taken it over."""

    id: UUID
    footprint_id: UUID | None
    uncertain: bool


async def hand_on_loops(
    session: AsyncSession, event: FootprintSucceeded | OrganisationSucceeded, envelope: Envelope
) -> None:
    """Give every open loop of a succeeded body to its heir."""
    if not event.successors:
        return
    day, is_of_footprint = event.succeeded_on or envelope.time.date(), isinstance(event, FootprintSucceeded)
    succession = Succession(event.aggregate_id, event.successors, day, is_of_footprint)
    for loop in await queries.lock_loops_of(session, event.aggregate_id):
        await hand_on(session, loop, succession)


async def hand_on_left_behind(session: AsyncSession) -> int:
    """Give the heir one loop that was drafted during the succession; return how many there were."""
    owned = await queries.lock_left_behind(session)
    if owned is None:
        return 0
    await hand_on(session, owned.loop, succession_of(owned.predecessor))
    return 1


def succession_of(predecessor: AnyCopy) -> Succession:
    """The succession in a succeeded body's copy."""
    heirs = [OrganisationSuccessor.model_validate(each) for each in predecessor.successors]
    is_of_footprint = isinstance(predecessor, FootprintCopy)
    return Succession(predecessor.id, heirs, predecessor.succeeded_on or today(), is_of_footprint)


async def hand_on(session: AsyncSession, loop: Loop, succession: Succession) -> None:
    """Give a locked loop to its heir: state and clocks stay, and its promises need new owners."""
    judged = judge(INHERITANCE, attempt_by_rule(loop))
    heir = await heir_of(session, loop, succession)
    was_its_own = loop.organisation_id in {None, succession.predecessor}
    unkept = await queries.unkept_of(session, loop, succession.predecessor)
    for commitment in unkept:
        # The owner no longer exists: the next one must accept.
        commitment.accepted_at, commitment.accepted_by = None, None
    loop.footprint_id = heir.footprint_id
    if loop.organisation_id == succession.predecessor:
        loop.organisation_id = heir.id
    loop.inherited_from, loop.heir_uncertain = succession.predecessor, heir.uncertain
    loop.owner_to_be_named = loop.owner_to_be_named or was_its_own or bool(unkept)
    facts = {
        "inherited_from": succession.predecessor,
        "heir_uncertain": heir.uncertain,
        "effective_on": succession.effective_on,
    }
    fields = facts | {"organisations": concerned_bodies(loop, succession)}
    facts |= {"organisation": loop.organisation_id, "footprint": loop.footprint_id}
    take(session, judged, Effect(fields=fields, facts=facts))


async def heir_of(session: AsyncSession, loop: Loop, succession: Succession) -> Heir:
    """The successor in the loop's place, or otherwise the one with the largest share, the first of equals.

    The place of a loop that another organisation must answer is where that organisation is.
    """
    ids = [each.id for each in succession.successors]
    places = {each: each for each in ids}
    if not succession.is_of_footprint:
        places = await queries.places_of(session, ids)
    place = loop.footprint_id
    if loop.organisation_id not in {None, succession.predecessor}:
        organisation = await session.get(OrganisationCopy, loop.organisation_id)
        place = organisation.footprint_id if organisation else None
    there = [each for each in succession.successors if place and places.get(each.id) == place]
    able = there or succession.successors
    largest = max(able, key=lambda each: each.share or 0)
    return Heir(largest.id, places.get(largest.id, loop.footprint_id), uncertain=len(able) > 1)


def concerned_bodies(loop: Loop, succession: Succession) -> tuple[UUID, ...]:
    """The bodies that an inheritance concerns: all successors, not only the heir."""
    named = {
        loop.organisation_id,
        loop.footprint_id,
        succession.predecessor,
        *(heir.id for heir in succession.successors),
    }
    return tuple(sorted(each for each in named if each))


async def promise_views(session: AsyncSession, promises: Sequence[Commitment]) -> list[InheritedPromise]:
    """Inherited promises with the loops that they belong to."""
    loops = await queries.loops_by_id(session, {each.loop_id for each in promises})
    return [promise_view(each, loops[each.loop_id]) for each in promises]


def promise_view(promise: Commitment, loop: Loop) -> InheritedPromise:
    """One inherited promise as everybody sees it."""
    return InheritedPromise(
        commitment_id=promise.id,
        loop_id=loop.id,
        title=loop.title if loop.moderated_at else None,
        state=loop.state,
        demonstration=loop.demonstration,
        organisation_id=loop.organisation_id,
        footprint_id=loop.footprint_id,
        inherited_from=loop.inherited_from,
        inherited_at=loop.inherited_at,
        heir_uncertain=loop.heir_uncertain,
        owner_to_be_named=promise.accepted_at is None,
        people_will_notice=promise.people_will_notice,
        measure=promise.measure,
        due_on=promise.due_on,
        original_due_on=promise.original_due_on,
        slips=promise.slips,
        kept_at=promise.kept_at,
    )
