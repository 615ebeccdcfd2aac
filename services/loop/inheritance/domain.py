"""Inheritance: the loops of a succeeded body go to its heir, with their state and their clocks."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.copies.queries import board_of_closed
from services.loop.core.attempts import attempt_by_rule
from services.loop.core.hiding import public_values
from services.loop.core.steps import RUNNING, Effect, Step, judge, take
from services.loop.inheritance import queries
from services.loop.inheritance.heirs import (
    Succession,
    concerned_bodies,
    heir_of,
    largest_of,
    succession_of,
)
from services.loop.inheritance.promises import PROMISE_INHERITANCE, hand_on_promises
from services.loop.inheritance.schemas import InheritedPromise
from services.loop.models import Loop
from services.loop.records import Commitment
from shared.clock import day_in_england, today
from shared.events import Envelope
from shared.events.loop import LoopInherited
from shared.events.registry import FootprintSucceeded, OrganisationSucceeded

INHERITANCE = Step[None](
    name="inheritance", sources=("draft", *RUNNING), event=LoopInherited, stamp="inherited_at"
)
STEPS = (INHERITANCE, PROMISE_INHERITANCE)


async def hand_on_loops(
    session: AsyncSession, event: FootprintSucceeded | OrganisationSucceeded, envelope: Envelope
) -> None:
    """Give every open loop of a succeeded body to its heir, and what it promised in the loops of others."""
    if not event.successors:
        return
    day = event.succeeded_on or day_in_england(envelope.time)
    is_of_footprint = isinstance(event, FootprintSucceeded)
    succession = Succession(event.aggregate_id, event.successors, day, is_of_footprint)
    await queries.ask_heir(session, event.aggregate_id, largest_of(event.successors).id)
    others = await queries.lock_loops_with_promises_of(session, event.aggregate_id)
    for loop in await queries.lock_loops_of(session, event.aggregate_id):
        await hand_on(session, loop, succession)
    await hand_on_promises(session, others, succession)


async def hand_on_left_behind(session: AsyncSession) -> int:
    """Give the heir one loop that was drafted during the succession; return how many there were."""
    owned = await queries.lock_left_behind(session)
    if owned is None:
        return 0
    await hand_on(session, owned.loop, succession_of(owned.predecessor))
    return 1


async def hand_on_say_of_closed(session: AsyncSession) -> int:
    """Let drafts that wait for a body that closed without an heir wait for the board of its place, if any."""
    for body in await queries.closed_and_asked(session, today()):
        board = await board_of_closed(session, body, today())
        if board:
            await queries.ask_heir(session, body.id, board.id)
    return 0


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


async def promise_views(session: AsyncSession, promises: Sequence[Commitment]) -> list[InheritedPromise]:
    """Inherited promises with the loops that they belong to."""
    loops = await queries.loops_by_id(session, {each.loop_id for each in promises})
    return [promise_view(each, loops[each.loop_id]) for each in promises]


def promise_view(promise: Commitment, loop: Loop) -> InheritedPromise:
    """One inherited promise as everybody sees it."""
    shown = public_values(promise, loop)
    return InheritedPromise(
        commitment_id=promise.id,
        loop_id=loop.id,
        title=loop.title if loop.moderated_at else None,
        wording=loop.wording,
        state=loop.state,
        demonstration=loop.demonstration,
        organisation_id=loop.organisation_id,
        footprint_id=loop.footprint_id,
        inherited_from=loop.inherited_from,
        inherited_at=loop.inherited_at,
        heir_uncertain=loop.heir_uncertain,
        owner_to_be_named=promise.accepted_at is None,
        people_will_notice=shown["people_will_notice"],
        measure=shown["measure"],
        due_on=promise.due_on,
        original_due_on=promise.original_due_on,
        slips=promise.slips,
        kept_at=promise.kept_at,
    )
