"""Correcting and withdrawing a merger, before its day."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.ledger.acts import Act
from services.registry.mergers import queries
from services.registry.mergers.carrying import carry_out
from services.registry.mergers.domain import note, nothing, shown, tell, without_ids
from services.registry.mergers.errors import MergerInForce, MergerWithdrawn
from services.registry.mergers.models import Merger
from services.registry.mergers.plan import refuse
from services.registry.mergers.planning import planned
from services.registry.mergers.schemas import MergerOut, NewMerger
from services.registry.mergers.undoing import undo
from shared.clock import now, today
from shared.db import locked
from shared.versions import must_match


async def correct(
    session: AsyncSession, merger_id: UUID, new: NewMerger, version: int, act: Act
) -> MergerOut:
    """Declare a merger anew before its day; bodies that open with it as before keep their ids."""
    merger = await not_yet(session, merger_id, version)
    trial = await session.begin_nested() if new.dry_run else None
    before = {each["codes"]["ods"]: UUID(each["id"]) for each in merger.opened}
    earlier = declaration(merger)
    touched = await undo(session, merger, act)
    plan = await planned(session, new, before)
    if trial and plan.mistakes:
        await trial.rollback()
        return nothing(plan)
    refuse(plan.mistakes)
    written = await carry_out(session, plan, act)
    note(merger, plan, written)
    merger.earlier = [*merger.earlier, earlier]
    found = await shown(session, merger)
    if trial:
        await trial.rollback()
        return without_ids(found, plan).model_copy(update={"id": merger_id})
    known = set(before.values())
    new_ones, gone = plan.opened - known, known - plan.opened
    changed = (touched | written.touched | plan.opened) - new_ones - gone
    await tell(session, registered=new_ones, changed=changed, withdrawn=gone, act=act)
    return found


async def withdraw(session: AsyncSession, merger_id: UUID, version: int, act: Act) -> MergerOut:
    """Take a merger back before its day: predecessors are as they were, and its bodies will not be."""
    merger = await not_yet(session, merger_id, version)
    opened = {UUID(each["id"]) for each in merger.opened}
    touched = await undo(session, merger, act)
    merger.withdrawn_at, merger.version = now(), merger.version + 1
    await tell(session, registered=set(), changed=touched - opened, withdrawn=opened, act=act)
    return await shown(session, merger)


async def not_yet(session: AsyncSession, merger_id: UUID, version: int) -> Merger:
    """Return a merger whose day has not come, locked; MergerInForce or MergerWithdrawn."""
    await queries.one_at_a_time(session)
    merger = await locked(session, Merger, merger_id)
    must_match(merger, version)
    if merger.withdrawn_at:
        raise MergerWithdrawn
    if merger.effective_on <= today():
        raise MergerInForce
    return merger


def declaration(merger: Merger) -> dict[str, Any]:
    """Return what a merger says so far, to be kept beside its correction."""
    names = ("reason", "source", "opened", "links")
    said = {name: getattr(merger, name) for name in names} | {"effective_on": str(merger.effective_on)}
    return said | {"until": now().isoformat()}
