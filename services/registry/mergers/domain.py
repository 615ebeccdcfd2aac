"""Mergers: declared before their day, corrected, withdrawn, and told of on the day."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies import domain as bodies
from services.registry.bodies import queries as body_queries
from services.registry.bodies.schemas import body_named
from services.registry.ledger.acts import Act
from services.registry.ledger.views import View
from services.registry.mergers import queries
from services.registry.mergers.carrying import Written, carry_out
from services.registry.mergers.models import Merger
from services.registry.mergers.plan import CLOSING, DAY, Plan, refuse
from services.registry.mergers.planning import planned
from services.registry.mergers.schemas import (
    Declaration,
    LinkOut,
    MergerOut,
    MergerSummary,
    NewMerger,
    Opened,
    Party,
)
from services.registry.mergers.undoing import about, rows_of
from shared.clock import ENGLAND, now, today
from shared.errors import NotFound
from shared.events.registry import FootprintRegistered, FootprintWithdrawn
from shared.ids import new_id


async def declare(session: AsyncSession, new: NewMerger, act: Act) -> MergerOut:
    """Declare a merger: its bodies, links and closings are known from now on. Or show what would be."""
    await queries.one_at_a_time(session)
    plan = await planned(session, new, {})
    if new.dry_run:
        return await tried(session, plan, act)
    refuse(plan.mistakes)
    merger = Merger(id=new_id(), version=0, earlier=[], declared_at=now())
    written = await carry_out(session, plan, act)
    note(merger, plan, written)
    session.add(merger)
    await tell(session, registered=plan.opened, changed=written.touched, withdrawn=set(), act=act)
    return await shown(session, merger)


async def tried(session: AsyncSession, plan: Plan, act: Act) -> MergerOut:
    """Return what a plan would do, and do nothing."""
    if plan.mistakes:
        return nothing(plan)
    trial = await session.begin_nested()
    merger = Merger(id=new_id(), version=0, earlier=[], declared_at=now())
    note(merger, plan, await carry_out(session, plan, act))
    found = await shown(session, merger)
    await trial.rollback()
    return without_ids(found, plan)


def without_ids(found: MergerOut, plan: Plan) -> MergerOut:
    """Return what would be, without the ids of what is not."""
    kept = {each.id for each in plan.bodies if each.new.id}
    for party in [*found.opened, *(link.successor for link in found.links)]:
        if party.id in plan.opened - kept:
            party.id = None
    return found.model_copy(update={"id": None, "version": 0, "dry_run": True, "declared_at": None})


def nothing(plan: Plan) -> MergerOut:
    """Return that nothing would happen, and why."""
    return MergerOut(
        id=None, version=0, state="declared", dry_run=True, effective_on=plan.day, edition=plan.edition,
        reason=plan.new.reason, source=plan.new.source, opened=[], links=[], closes=[], organisations=0,
        loop_owners=0, declared_at=None, withdrawn_at=None, to_be_assigned=[], earlier=[],
        problems=[each.told() for each in plan.mistakes],
    )  # fmt: skip


def note(merger: Merger, plan: Plan, written: Written) -> None:
    """Let a merger say what was declared, by the names and codes of now, and what was written."""
    openings = plan.bodies
    parties = {each.id: party(each.id, each.new.name, each.new.ods, each.new.ons) for each in openings}
    for row in [*plan.after.values(), *plan.before.values()]:
        parties[row.id] = party(row.id, row.name, row.ods, row.ons)
    merger.opened = [
        parties[each.id] | {"region": each.region_name, "residents": each.residents} for each in openings
    ]
    merger.links = [
        {
            "predecessor": parties[each.before] | {"owns_loops": plan.before[each.before].is_organisation},
            "successor": parties[each.after],
            "share": each.given.share,
            "kind": each.given.kind,
            "source": each.given.source or written.act.source,
        }
        for each in plan.passings
    ]
    merger.effective_on, merger.edition = plan.day, plan.edition
    merger.reason, merger.source = plan.new.reason, plan.new.source
    merger.organisations, merger.written = len(written.members), written.stored()
    merger.version, merger.act_id = (merger.version or 0) + 1, written.act.id
    merger.told_at = written.ledger.at if plan.day <= today() else None


def party(body: UUID, name: str, ods: str | None, ons: str | None) -> dict[str, Any]:
    """Return a body as a merger keeps it."""
    return {"id": str(body), "name": name, "kind": "icb", "codes": {"ods": ods, "ons": ons}}


async def tell(
    session: AsyncSession, *, registered: set[UUID], changed: set[UUID], withdrawn: set[UUID], act: Act
) -> None:
    """Save a change with the state of each body."""
    await session.flush()
    await bodies.publish_bodies(session, registered, act, FootprintRegistered)
    await bodies.publish_bodies(session, changed, act)
    await bodies.publish_bodies(session, withdrawn, act, FootprintWithdrawn)


Due = Sequence[tuple[Merger, set[UUID]]]


async def come_into_force(session: AsyncSession) -> int:
    """Tell what changed with the mergers whose day has come, and return how many these were."""
    due = await lock_due(session)
    await tell_due(session, due)
    return len(due)


async def lock_due(session: AsyncSession, also: Collection[UUID] = ()) -> Due:
    """Return the mergers whose day has come, with the bodies that they change: locked, with others."""
    due = [(each, await changed_by(session, each)) for each in await queries.due(session, today())]
    await queries.locked(session, set(also).union(*(ids for _, ids in due)))
    return due


async def changed_by(session: AsyncSession, merger: Merger) -> set[UUID]:
    """Return the bodies of which something else is so from the day on: boundaries and memberships."""
    facts = [row for part in ("ended", "brought") for row in await rows_of(session, merger.written[part])]
    known_before = [*merger.written["closed"], *merger.opened]
    return about(facts) - {UUID(each["id"]) for each in known_before}


async def tell_due(session: AsyncSession, due: Due) -> None:
    """Tell of the bodies that these mergers change, once."""
    for merger, changed in due:
        merger.told_at = now()
        act = Act(f"The merger of {merger.effective_on} came into force.", merger.source)
        await tell(session, registered=set(), changed=changed, withdrawn=set(), act=act)


async def one(session: AsyncSession, merger_id: UUID) -> MergerOut:
    """Return a merger as it is told; NotFound when there is none."""
    merger = await session.get(Merger, merger_id)
    if merger is None:
        raise NotFound
    return await shown(session, merger)


async def shown(session: AsyncSession, merger: Merger) -> MergerOut:
    """Return a merger as it is told."""
    homeless = await to_be_assigned(session, merger) if merger.withdrawn_at is None else []
    rows = await body_queries.bodies_on(session, homeless, View(merger.effective_on))
    return MergerOut(
        **summary(merger, today()).model_dump(),
        to_be_assigned=[body_named(rows[each]) for each in homeless],
        earlier=[Declaration.model_validate(each) for each in merger.earlier],
    )


async def to_be_assigned(session: AsyncSession, merger: Merger) -> list[UUID]:
    """Return the organisations of bodies that close and of which nobody has said where they belong then."""
    heirs: dict[UUID, set[UUID]] = {}
    for each in merger.links:
        if each["kind"] == CLOSING:
            heirs.setdefault(UUID(each["predecessor"]["id"]), set()).add(UUID(each["successor"]["id"]))
    members = await queries.members_on(session, heirs, merger.effective_on - DAY)
    joined = await queries.joined_by(session, {each for each, _ in members}, merger.effective_on)
    # Of several heirs only one that was joined on the day is an answer: a council may lie in another already.
    since = {(row.from_id, row.to_id): row.valid_from == merger.effective_on for row in joined}
    assigned = {
        (member, body)
        for member, body in members
        if any(
            since.get((member, heir), False) or (len(heirs[body]) == 1 and (member, heir) in since)
            for heir in heirs[body]
        )
    }
    return sorted({member for member, _ in members - assigned})


def summary(merger: Merger, day: date) -> MergerSummary:
    """Return a merger in short, in the state that it was in on a day."""
    closing = {
        each["predecessor"]["id"]: each["predecessor"] for each in merger.links if each["kind"] == CLOSING
    }
    gone = merger.withdrawn_at if merger.withdrawn_at and day_of(merger.withdrawn_at) <= day else None
    state = "withdrawn" if gone else "in_force" if merger.effective_on <= day else "declared"
    return MergerSummary(
        id=merger.id, version=merger.version, state=state, effective_on=merger.effective_on,
        edition=merger.edition, reason=merger.reason, source=merger.source,
        opened=[Opened.model_validate(each) for each in merger.opened],
        links=[LinkOut.model_validate(each) for each in merger.links],
        closes=[Party.model_validate(each) for each in closing.values()],
        organisations=merger.organisations,
        loop_owners=sum(each["owns_loops"] for each in closing.values()),
        declared_at=merger.declared_at, withdrawn_at=gone,
    )  # fmt: skip


def day_of(moment: Any) -> date:
    """Return the day of a moment in England."""
    found: date = moment.astimezone(ENGLAND).date()
    return found
