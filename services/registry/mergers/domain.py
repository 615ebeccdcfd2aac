"""Declaring, correcting and withdrawing mergers before their day; publishing on the day what changed."""

from collections.abc import Collection, Mapping, Set
from dataclasses import replace
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies.domain import publish_bodies
from services.registry.bodies.one_board import refuse_two_boards
from services.registry.bodies.queries import bodies_on
from services.registry.bodies.records import all_said_of
from services.registry.bodies.schemas import body_named
from services.registry.ledger.acts import Act, ChangedMeanwhile, Ledger, bodies_of, facts_of_act, lock_bodies
from services.registry.ledger.views import View
from services.registry.mergers import queries, schemas
from services.registry.mergers.carrying import carry_out
from services.registry.mergers.errors import MergerInForce, MergerWithdrawn
from services.registry.mergers.models import Merger
from services.registry.mergers.plan import Plan, plan_merger
from services.registry.mergers.queries import DAY
from services.registry.mergers.schemas import MergerOut, NewMerger
from services.registry.models import Relation
from shared.clock import day_in_england, now, today
from shared.db import locked
from shared.errors import NotFound
from shared.events.registry import FootprintRegistered, FootprintWithdrawn
from shared.ids import new_id
from shared.versions import Wanted, must_match


async def declare(session: AsyncSession, new: NewMerger, act: Act) -> MergerOut:
    """Declare a merger, so that everybody reads from now on what its day brings; or show what it would do."""
    await queries.wait_for_other_mergers(session)
    merger = Merger(id=new_id(), version=0, earlier=[], declared_at=now())
    async with session.begin_nested() as trial:
        view = await say_merger(Ledger(session, act), merger, new, kept={}, touched=set())
        if new.dry_run:
            await trial.rollback()
    return view


async def correct(
    session: AsyncSession, merger_id: UUID, new: NewMerger, version: Wanted, act: Act
) -> MergerOut:
    """Declare a merger anew before its day; bodies that open with it as before keep their ids."""
    merger = await lock_declared(session, merger_id, version)
    # What is undone is undone by an act of its own: a later withdrawal must undo the new declaration alone.
    undoing = Ledger(session, replace(act, id=new_id()))
    async with session.begin_nested() as trial:
        touched = await undo_declaration(undoing, merger)
        said = schemas.EarlierDeclaration(**dict(merger.declaration), until=undoing.at)
        merger.earlier = [*merger.earlier, said]
        view = await say_merger(Ledger(session, act, undoing.at), merger, new, merger.opened, touched)
        await refuse_two_boards(session, "", await said_again(undoing))
        if new.dry_run:
            await trial.rollback()
    return view


async def say_merger(
    ledger: Ledger, merger: Merger, new: NewMerger, kept: Mapping[str, UUID], touched: set[UUID]
) -> MergerOut:
    """Write what a merger declares, and publish it unless it is a dry run.

    `kept` are the bodies that opened with what it declared before, `touched` those that undoing it changed.
    """
    session, act, before = ledger.session, ledger.act, set(kept.values())
    plan = await plan_merger(session, new, kept)
    if not new.dry_run:
        plan.refuse_mistakes()
    elif plan.mistakes:
        plan.openings, plan.passings = [], []
    merger.dated_by_hand = await carry_out(ledger, plan)
    members = (await session.execute(queries.members_until(plan.closing, plan.day))).all()
    merger.declaration = schemas.Declaration.model_validate(
        {
            "effective_on": plan.day,
            "edition": plan.edition,
            "reason": new.reason,
            "source": new.source,
            "opened": plan.openings,
            "links": plan.passings,
            "closes": [*plan.closing.values()],
            "organisations": len({organisation for organisation, _ in members}),
            "loop_owners": sum(body.is_organisation for body in plan.closing.values()),
        }
    )
    merger.effective_on, merger.act_id, merger.version = plan.day, act.id, merger.version + 1
    merger.published_at = now() if plan.day <= today() else None
    view = await merger_view(session, merger)
    if new.dry_run:
        return trial_view(view, plan, before)
    session.add(merger)
    touched |= bodies_of(await facts_of_act(session, act.id))
    await publish_effects(session, act, touched, before, plan.opened)
    return view


async def withdraw(session: AsyncSession, merger_id: UUID, version: Wanted, act: Act) -> MergerOut:
    """Take a merger back before its day: its predecessors are as they were, its new bodies never open."""
    merger = await lock_declared(session, merger_id, version)
    touched = await undo_declaration(undoing := Ledger(session, act), merger)
    await refuse_two_boards(session, "", await said_again(undoing))
    merger.withdrawn_at, merger.version = now(), merger.version + 1
    await publish_effects(session, act, touched, set(merger.opened.values()), set())
    return await merger_view(session, merger)


def trial_view(view: MergerOut, plan: Plan, kept: Collection[UUID]) -> MergerOut:
    """What a plan would do, or its mistakes, without the ids of what was only tried."""
    for body in [*view.opened, *(link.successor for link in view.links)]:
        if body.id in plan.opened.difference(kept):
            body.id = None
    merger_id = view.id if kept and not plan.mistakes else None
    own = {"id": merger_id, "version": 0, "dry_run": True, "declared_at": None}
    return view.model_copy(update=own | {"problems": plan.mistakes})


async def find_merger(session: AsyncSession, merger_id: UUID) -> Merger:
    """A merger that was declared; NotFound when there is none."""
    found = await session.get(Merger, merger_id)
    if found is None:
        raise NotFound
    return found


async def merger_view(session: AsyncSession, merger: Merger) -> MergerOut:
    """A merger as it is shown, with the organisations that nobody has assigned to a successor."""
    closing = merger.closing_ids if merger.withdrawn_at is None else ()
    homeless = await queries.find_unassigned(session, closing, merger.effective_on)
    bodies = await bodies_on(session, homeless, View(merger.effective_on))
    return MergerOut(
        **dict(merger_summary(merger, today())),
        to_be_assigned=[body_named(bodies[each]) for each in homeless],
        earlier=merger.earlier,
    )


def merger_summary(merger: Merger, day: date) -> schemas.MergerSummary:
    """A merger in short, in the state that it was in on a day."""
    withdrawn_at = merger.withdrawn_at
    if withdrawn_at and day_in_england(withdrawn_at) > day:
        withdrawn_at = None
    in_time: schemas.State = "in_force" if merger.effective_on <= day else "declared"
    return schemas.MergerSummary(
        **dict(merger.declaration),
        id=merger.id,
        version=merger.version,
        state="withdrawn" if withdrawn_at else in_time,
        declared_at=merger.declared_at,
        withdrawn_at=withdrawn_at,
    )


async def lock_declared(session: AsyncSession, merger_id: UUID, version: Wanted) -> Merger:
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
    session, opened = ledger.session, set(merger.opened.values())
    related = bodies_of(await all_said_of(session, opened, but=()))
    touched = await ledger.undo(merger.act_id, keep_facts_of=opened, lock=related)
    said = await all_said_of(session, opened, but=())
    if bodies_of(said) - touched:
        raise ChangedMeanwhile
    ledger.withdraw(*(each for each in said if isinstance(each, Relation)))
    last_day = merger.effective_on - DAY
    for body in (await lock_bodies(session, opened | merger.closing_ids)).values():
        if body.id in opened:
            body.withdrawn_at, body.key = ledger.at, f"withdrawn/{body.id}"
        elif body.closed_on == last_day:  # otherwise somebody gave it another last day since
            body.closed_on, body.dated_by_hand = None, body.id in merger.dated_by_hand
    await session.flush()
    return touched


async def said_again(undoing: Ledger) -> list[Relation]:
    """The relations that stand again since a merger was undone."""
    facts = await facts_of_act(undoing.session, undoing.act.id)
    return [each for each in facts if isinstance(each, Relation)]


async def publish_effects(
    session: AsyncSession, act: Act, touched: Set[UUID], before: Set[UUID], after: Set[UUID]
) -> None:
    """Publish the state of the bodies that an act touched; `before` and `after` it, these were to open."""
    registered, withdrawn = after - before, before - after
    await session.flush()
    await publish_bodies(session, registered, act, FootprintRegistered)
    await publish_bodies(session, touched - registered - withdrawn, act)
    await publish_bodies(session, withdrawn, act, FootprintWithdrawn)


async def publish_due_mergers(session: AsyncSession, *, lock: Collection[UUID] = ()) -> int:
    """Publish what changed with the mergers whose day has come, and return how many these were.

    Something else is so of bodies from the day on: their boundaries and memberships. What opens and closes
    was published when it was declared. The bodies in `lock` are locked with those, for what follows.
    """
    due = []
    for merger in await queries.due_mergers(session, today()):
        changed = bodies_of(await facts_of_act(session, merger.act_id))
        due.append((merger, changed - set(merger.opened.values()) - merger.closing_ids))
    await lock_bodies(session, set(lock).union(*(ids for _, ids in due)))
    for merger, changed in due:
        merger.published_at = now()
        act = Act(f"The merger of {merger.effective_on} came into force.", merger.declaration.source)
        await publish_bodies(session, changed, act)
    return len(due)
