"""Inheritance: the loops of a body that was succeeded go on at its heir, in their state, on their clocks."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.history.chain import BY_RULE
from services.loop.inheritance import queries
from services.loop.inheritance.schemas import InheritedPromise
from services.loop.loops.attempts import Attempt
from services.loop.loops.table import advance
from services.loop.models import FootprintCopy, Loop, OrganisationCopy
from services.loop.records import Commitment
from shared.clock import today
from shared.events import Envelope
from shared.events.registry import FootprintSucceeded, Successor


class Will(NamedTuple):
    """Who was succeeded, by whom and from when on."""

    predecessor: UUID
    successors: Sequence[Successor]
    effective_on: date


class Heir(NamedTuple):
    """Who takes a loop over, and whether it could as well have been another."""

    footprint_id: UUID
    uncertain: bool


async def inherit(session: AsyncSession, event: FootprintSucceeded, envelope: Envelope) -> None:
    """Hand every open loop of a succeeded body to its heir."""
    if not event.successors:
        return
    will = Will(event.footprint_id, event.successors, event.succeeded_on or envelope.time.date())
    for loop in await queries.owned_by(session, event.footprint_id):
        await hand_on(session, loop, will)


async def inherit_left_behind(session: AsyncSession) -> int:
    """Hand on one loop that was made for a body while its succession was on its way; return how many."""
    owned = await queries.left_behind(session)
    if owned is None:
        return 0
    await hand_on(session, owned.loop, will_of(owned.predecessor))
    return 1


def will_of(predecessor: FootprintCopy) -> Will:
    """Return what a succeeded body's copy says of its heirs."""
    heirs = [Successor.model_validate(each) for each in predecessor.successors]
    return Will(predecessor.id, heirs, predecessor.succeeded_on or today())


async def hand_on(session: AsyncSession, loop: Loop, will: Will) -> None:
    """Give a locked loop to its heir: state and clocks stay, who keeps its promises is to be named."""
    heir = await heir_of(session, loop, will)
    was_its_own = loop.organisation_id in {None, will.predecessor}
    unkept = await queries.unkept_of(session, loop, will.predecessor)
    for commitment in unkept:
        # Its owner is no more: whoever is named next has to accept.
        commitment.accepted_at, commitment.accepted_by = None, None
    loop.footprint_id = heir.footprint_id
    if loop.organisation_id == will.predecessor:
        loop.organisation_id = heir.footprint_id
    loop.inherited_from, loop.heir_uncertain = will.predecessor, heir.uncertain
    loop.owner_to_be_named = loop.owner_to_be_named or was_its_own or bool(unkept)
    facts = {
        "inherited_from": will.predecessor,
        "heir_uncertain": heir.uncertain,
        "effective_on": will.effective_on,
    }
    told = facts | {"organisations": whom_it_concerns(loop, will)}
    facts |= {"organisation": loop.organisation_id, "footprint": loop.footprint_id}
    await advance(session, "inheritance", Attempt(loop=loop, by=BY_RULE, on=today()), told=told, facts=facts)


async def heir_of(session: AsyncSession, loop: Loop, will: Will) -> Heir:
    """Return the successor that holds the loop's organisation, else the one with the largest share."""
    heirs = {each.id for each in will.successors}
    if loop.organisation_id not in {None, will.predecessor}:
        organisation = await session.get(OrganisationCopy, loop.organisation_id)
        if organisation and organisation.footprint_id in heirs:
            return Heir(organisation.footprint_id, uncertain=False)
    largest = max(will.successors, key=lambda each: each.share)
    return Heir(largest.id, uncertain=len(will.successors) > 1)


def whom_it_concerns(loop: Loop, will: Will) -> tuple[UUID, ...]:
    """Return the bodies that hear of an inheritance: all successors, not only the heir."""
    named = {
        loop.organisation_id,
        loop.footprint_id,
        will.predecessor,
        *(heir.id for heir in will.successors),
    }
    return tuple(sorted(each for each in named if each))


async def shown(session: AsyncSession, promises: Sequence[Commitment]) -> list[InheritedPromise]:
    """Return inherited promises with the loops that they belong to."""
    loops = await queries.loops_by_id(session, {each.loop_id for each in promises})
    return [promise_shown(each, loops[each.loop_id]) for each in promises]


def promise_shown(promise: Commitment, loop: Loop) -> InheritedPromise:
    """Return one inherited promise as everybody sees it."""
    return InheritedPromise(
        commitment_id=promise.id, loop_id=loop.id, title=loop.title if loop.moderated_at else None,
        state=loop.state, demonstration=loop.demonstration, organisation_id=loop.organisation_id,
        footprint_id=loop.footprint_id, inherited_from=loop.inherited_from, inherited_at=loop.inherited_at,
        heir_uncertain=loop.heir_uncertain, owner_to_be_named=promise.accepted_at is None,
        people_will_notice=promise.people_will_notice, measure=promise.measure, due_on=promise.due_on,
        original_due_on=promise.original_due_on, slips=promise.slips, kept_at=promise.kept_at,
    )  # fmt: skip
