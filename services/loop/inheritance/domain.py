"""Inheritance: the loops of a succeeded body go to its heir, with their state and their clocks."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.copies.queries import board_of_closed, follows_itself, has_closed_for_good
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
from services.loop.inheritance.returns import HANDED_ON, RETURN
from services.loop.inheritance.schemas import InheritedPromise
from services.loop.models import Loop
from services.loop.records import Commitment
from shared.clock import day_in_england, today
from shared.events import Envelope
from shared.events.loop import LoopInherited
from shared.events.registry import FootprintSucceeded, OrganisationSucceeded

INHERITANCE = Step[None](
    name=HANDED_ON, sources=("draft", *RUNNING), event=LoopInherited, stamp="inherited_at"
)
STEPS = (INHERITANCE, PROMISE_INHERITANCE, RETURN)


async def hand_on_loops(
    session: AsyncSession, event: FootprintSucceeded | OrganisationSucceeded, envelope: Envelope
) -> None:
    """Give what a succeeded body owns to its heir, also what a board has answered for since it closed."""
    if not event.successors:
        return
    day = event.succeeded_on or day_in_england(envelope.time)
    is_of_footprint = isinstance(event, FootprintSucceeded)
    succession = Succession(event.aggregate_id, event.successors, day, is_of_footprint)
    await hand_on_all(session, succession)
    if not is_of_footprint:
        for loop in await queries.lock_loops_kept_for(session, event.aggregate_id, event.successors):
            await hand_on(session, loop, succession._replace(owner=loop.organisation_id))


async def hand_on_left_behind(session: AsyncSession) -> int:
    """Give what a body still owns to whom answers for it; return 0 when there is no such body left.

    It may own something because that came during the succession, because the succession was heard of in
    another way than by its event, or because the body closed without an heir.
    """
    for body in await queries.owners_that_ended(session, today()):
        board = await board_of_closed(session, body, today())
        if await follows_itself(session, body, today()):
            continue  # what it owns would go round without end: it stays until the registry is put right
        if body.successors or (board and has_closed_for_good(body, today())):
            await hand_on_all(session, succession_of(body, board))
            return 1
        if board:
            await queries.ask_heir(session, body.id, board.id)
    return 0


async def hand_on_all(session: AsyncSession, succession: Succession) -> None:
    """Give a body's open loops to its heir, its say in drafts, and its promises in the loops of others."""
    before = succession.predecessor
    await queries.ask_heir(session, before, largest_of(succession.successors).id)
    others = await queries.lock_loops_with_promises_of(session, before)
    for loop in await queries.lock_loops_of(session, before):
        await hand_on(session, loop, succession)
    await hand_on_promises(session, others, succession)


async def hand_on(session: AsyncSession, loop: Loop, succession: Succession) -> None:
    """Give a locked loop to its heir: state and clocks stay, and its promises need new owners."""
    judged = judge(INHERITANCE, attempt_by_rule(loop))
    heir = await heir_of(session, loop, succession)
    was_its_own = loop.organisation_id in succession.owners
    unkept = await queries.unkept_of(session, loop, succession.predecessor)
    for commitment in unkept:
        # The owner no longer exists: the next one must accept.
        commitment.accepted_at, commitment.accepted_by = None, None
    bodies = concerned_bodies(loop, succession)
    loop.footprint_id = heir.footprint_id
    if loop.organisation_id and was_its_own:
        loop.organisation_id = heir.id
    loop.inherited_from, loop.heir_uncertain = succession.predecessor, heir.uncertain
    loop.owner_to_be_named = loop.owner_to_be_named or was_its_own or bool(unkept)
    facts = {
        "inherited_from": succession.predecessor,
        "heir_uncertain": heir.uncertain,
        "effective_on": succession.effective_on,
    }
    fields = facts | {"organisations": tuple(sorted({*bodies, *concerned_bodies(loop, succession)}))}
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
