"""Correcting and withdrawing a merger, before its day."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.ledger.acts import Act, ChangedMeanwhile, Ledger, bodies_of, lock_bodies
from services.registry.mergers import queries
from services.registry.mergers.carrying import carry_out
from services.registry.mergers.domain import (
    note_declaration,
    publish_effects,
    try_plan,
    undone_afterwards,
)
from services.registry.mergers.errors import MergerInForce, MergerWithdrawn
from services.registry.mergers.models import Merger
from services.registry.mergers.plan import DAY, plan_merger, refuse_mistakes
from services.registry.mergers.schemas import EarlierDeclaration, MergerOut, NewMerger
from services.registry.mergers.views import merger_view
from shared.clock import now, today
from shared.db import locked
from shared.ids import new_id
from shared.versions import must_match


async def correct(
    session: AsyncSession, merger_id: UUID, new: NewMerger, version: int, act: Act
) -> MergerOut:
    """Declare a merger anew before its day; bodies that open with it as before keep their ids."""
    merger = await lock_declared(session, merger_id, version)
    kept = {each.codes.ods: each.id for each in merger.declaration.opened if each.codes.ods and each.id}
    before = merger.opened_ids
    earlier = [*merger.earlier, EarlierDeclaration(**dict(merger.declaration), until=now())]
    # What is undone is undone by an act of its own: a later withdrawal must undo the new declaration alone.
    undoing = Ledger(session, replace(act, id=new_id()))
    ledger = Ledger(session, act, undoing.at)
    if new.dry_run:
        async with undone_afterwards(session):
            await undo_declaration(undoing, merger)
            view = await try_plan(ledger, await plan_merger(session, new, kept), earlier)
            return view if view.problems else view.model_copy(update={"id": merger_id})
    touched = await undo_declaration(undoing, merger)
    plan = await plan_merger(session, new, kept)
    refuse_mistakes(plan.mistakes)
    effects = await carry_out(ledger, plan)
    note_declaration(merger, plan, effects, act)
    merger.earlier = earlier
    registered, withdrawn = plan.opened - before, before - plan.opened
    changed = (touched | effects.touched | plan.opened) - registered - withdrawn
    await publish_effects(session, act, registered=registered, changed=changed, withdrawn=withdrawn)
    return await merger_view(session, merger)


async def withdraw(session: AsyncSession, merger_id: UUID, version: int, act: Act) -> MergerOut:
    """Take a merger back before its day: its predecessors are as they were, its new bodies never open."""
    merger = await lock_declared(session, merger_id, version)
    touched = await undo_declaration(Ledger(session, act), merger)
    merger.withdrawn_at, merger.version = now(), merger.version + 1
    opened = merger.opened_ids
    await publish_effects(session, act, changed=touched - opened, withdrawn=opened)
    return await merger_view(session, merger)


async def lock_declared(session: AsyncSession, merger_id: UUID, version: int) -> Merger:
    """A merger whose day has not come, locked; MergerInForce or MergerWithdrawn otherwise."""
    await queries.wait_for_other_mergers(session)
    merger = await locked(session, Merger, merger_id)
    must_match(merger, version)
    if merger.withdrawn_at:
        raise MergerWithdrawn
    if merger.effective_on <= today():
        raise MergerInForce
    return merger


async def undo_declaration(ledger: Ledger, merger: Merger) -> set[UUID]:
    """Undo what a merger wrote; returns the bodies that it touched, locked.

    Its new bodies are withdrawn, with the relations that anybody gave them since; its predecessors are open.
    """
    opened = merger.opened_ids
    related = bodies_of(await queries.relations_of(ledger.session, opened))
    touched = await ledger.undo(merger.act_id, keep_facts_of=opened, lock=related)
    relations = await queries.relations_of(ledger.session, opened)
    if bodies_of(relations) - touched:
        raise ChangedMeanwhile
    ledger.withdraw(*relations)
    last_day = merger.effective_on - DAY
    for body in (await lock_bodies(ledger.session, opened | merger.closing_ids)).values():
        if body.id in opened:
            body.withdrawn_at, body.key = ledger.at, f"withdrawn/{body.id}"
        elif body.closed_on == last_day:  # otherwise somebody gave it another last day since
            body.closed_on, body.dated_by_hand = None, body.id in merger.dated_by_hand
    await ledger.session.flush()
    return touched
