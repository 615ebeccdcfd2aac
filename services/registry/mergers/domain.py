"""Declaring mergers before their day, and publishing on the day what changed with them."""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies.domain import publish_bodies
from services.registry.ledger.acts import Act, Ledger, bodies_of, facts_of_act, lock_bodies
from services.registry.mergers import queries
from services.registry.mergers.carrying import Effects, carry_out
from services.registry.mergers.models import Merger
from services.registry.mergers.plan import Plan, plan_merger, refuse_mistakes
from services.registry.mergers.schemas import EarlierDeclaration, MergerOut, NewMerger
from services.registry.mergers.views import declaration_of, merger_view, trial_view
from shared.clock import now, today
from shared.events.registry import FootprintRegistered, FootprintWithdrawn
from shared.ids import new_id


async def declare(session: AsyncSession, new: NewMerger, act: Act) -> MergerOut:
    """Declare a merger, so that everybody reads from now on what its day brings; or show what it would do."""
    await queries.wait_for_other_mergers(session)
    plan = await plan_merger(session, new, {})
    if new.dry_run:
        async with undone_afterwards(session):
            return await try_plan(Ledger(session, act), plan)
    refuse_mistakes(plan.mistakes)
    effects = await carry_out(Ledger(session, act), plan)
    merger = Merger(id=new_id(), version=0, earlier=[], declared_at=now())
    note_declaration(merger, plan, effects, act)
    session.add(merger)
    await publish_effects(session, act, registered=plan.opened, changed=effects.touched)
    return await merger_view(session, merger)


@asynccontextmanager
async def undone_afterwards(session: AsyncSession) -> AsyncIterator[None]:
    """Let a block write, and take back whatever it wrote."""
    trial = await session.begin_nested()
    try:
        yield
    finally:
        await trial.rollback()


async def try_plan(ledger: Ledger, plan: Plan, earlier: Sequence[EarlierDeclaration] = ()) -> MergerOut:
    """Carry a plan out and show what it did, or its mistakes; the caller takes it back."""
    effects = Effects() if plan.mistakes else await carry_out(ledger, plan)
    merger = Merger(id=new_id(), version=0, earlier=list(earlier), declared_at=now())
    note_declaration(merger, plan, effects, ledger.act)
    return trial_view(await merger_view(ledger.session, merger), plan)


def note_declaration(merger: Merger, plan: Plan, effects: Effects, act: Act) -> None:
    """Let a merger say what was declared, and by which act."""
    merger.effective_on = plan.day
    merger.declaration = declaration_of(plan, len(effects.members))
    merger.dated_by_hand = effects.dated_by_hand
    merger.version, merger.act_id = merger.version + 1, act.id
    merger.published_at = now() if plan.day <= today() else None


async def publish_effects(
    session: AsyncSession,
    act: Act,
    *,
    changed: Collection[UUID],
    registered: Collection[UUID] = (),
    withdrawn: Collection[UUID] = (),
) -> None:
    """Publish what an act changed, with the state of each body."""
    await session.flush()
    await publish_bodies(session, registered, act, FootprintRegistered)
    await publish_bodies(session, changed, act)
    await publish_bodies(session, withdrawn, act, FootprintWithdrawn)


DueMergers = Sequence[tuple[Merger, set[UUID]]]


async def publish_due_mergers(session: AsyncSession) -> int:
    """Publish what changed with the mergers whose day has come, and return how many these were."""
    due = await lock_due(session)
    await publish_due(session, due)
    return len(due)


async def lock_due(session: AsyncSession, also: Collection[UUID] = ()) -> DueMergers:
    """The mergers whose day has come, with the bodies that they change: locked, with some others.

    Something else is so of these bodies from the day on: their boundaries and memberships. What opens and
    closes was published when it was declared.
    """
    due = []
    for merger in await queries.due_mergers(session, today()):
        changed = bodies_of(await facts_of_act(session, merger.act_id))
        due.append((merger, changed - merger.opened_ids - merger.closing_ids))
    await lock_bodies(session, set(also).union(*(ids for _, ids in due)))
    return due


async def publish_due(session: AsyncSession, due: DueMergers) -> None:
    """Publish the bodies that these mergers change, once."""
    for merger, changed in due:
        merger.published_at = now()
        act = Act(f"The merger of {merger.effective_on} came into force.", merger.declaration.source)
        await publish_effects(session, act, changed=changed)
