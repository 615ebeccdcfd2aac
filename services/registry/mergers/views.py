"""How a merger is shown."""

from collections import defaultdict
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies.queries import bodies_on
from services.registry.bodies.schemas import Codes, body_named
from services.registry.ledger.views import BodyOnDay, View
from services.registry.mergers import queries
from services.registry.mergers.models import Merger
from services.registry.mergers.plan import DAY, Plan
from services.registry.mergers.schemas import (
    CLOSING,
    Declaration,
    LinkedBody,
    LinkOut,
    MergerOut,
    MergerSummary,
    OpeningBody,
)
from shared.clock import ENGLAND, today
from shared.errors import NotFound


def declaration_of(plan: Plan, organisations: int) -> Declaration:
    """What a plan declares, by the names and codes of now; nothing, if there are mistakes in it."""
    openings, passings = ([], []) if plan.mistakes else (plan.openings, plan.passings)
    opened = [
        OpeningBody(
            id=each.id,
            name=each.new.name,
            kind="icb",
            codes=Codes(ods=each.new.ods, ons=each.new.ons),
            region=each.region_name,
            residents=plan.residents_after(each.id),
        )
        for each in openings
    ]
    known: list[BodyOnDay | OpeningBody] = [*plan.after.values(), *plan.before.values(), *opened]
    bodies = {body.id: LinkedBody.model_validate(body) for body in known}
    links = [
        LinkOut(
            predecessor=bodies[each.before],
            successor=bodies[each.after],
            share=each.link.share,
            kind=each.link.kind,
            source=each.link.source or plan.new.source,
        )
        for each in passings
    ]
    closing = {each.before: plan.before[each.before] for each in passings if each.link.kind == CLOSING}
    return Declaration(
        effective_on=plan.day,
        edition=plan.edition,
        reason=plan.new.reason,
        source=plan.new.source,
        opened=opened,
        links=links,
        closes=[bodies[each] for each in closing],
        organisations=organisations,
        loop_owners=sum(body.is_organisation for body in closing.values()),
    )


async def find_merger(session: AsyncSession, merger_id: UUID) -> MergerOut:
    """A merger as it is shown; NotFound when there is none."""
    merger = await session.get(Merger, merger_id)
    if merger is None:
        raise NotFound
    return await merger_view(session, merger)


async def merger_view(session: AsyncSession, merger: Merger) -> MergerOut:
    """A merger as it is shown, with the organisations that nobody has assigned to a successor."""
    homeless = await find_unassigned(session, merger.declaration) if merger.withdrawn_at is None else []
    bodies = await bodies_on(session, homeless, View(merger.effective_on))
    return MergerOut(
        **dict(merger_summary(merger, today())),
        to_be_assigned=[body_named(bodies[each]) for each in homeless],
        earlier=merger.earlier,
    )


async def find_unassigned(session: AsyncSession, declaration: Declaration) -> list[UUID]:
    """The organisations of bodies that close, of which nobody has said where they belong then."""
    heirs: dict[UUID, set[UUID]] = defaultdict(set)
    for link in declaration.links:
        if link.kind == CLOSING and link.predecessor.id and link.successor.id:
            heirs[link.predecessor.id].add(link.successor.id)
    members = await queries.members_on(session, heirs, declaration.effective_on - DAY)
    joined = await queries.joined_by(session, {each for each, _ in members}, declaration.effective_on)
    # Of several heirs only one that was joined on the day is an answer: a council may lie in another already.
    began = {(member, home): since == declaration.effective_on for member, home, since in joined}
    assigned = {
        (member, body)
        for member, body in members
        if any(
            began.get((member, heir), False) or (len(heirs[body]) == 1 and (member, heir) in began)
            for heir in heirs[body]
        )
    }
    return sorted({member for member, _ in members - assigned})


def merger_summary(merger: Merger, day: date) -> MergerSummary:
    """A merger in short, in the state that it was in on a day."""
    withdrawn_at = merger.withdrawn_at
    if withdrawn_at and withdrawn_at.astimezone(ENGLAND).date() > day:
        withdrawn_at = None
    in_time = "in_force" if merger.effective_on <= day else "declared"
    return MergerSummary.model_validate(
        {
            **dict(merger.declaration),
            "id": merger.id,
            "version": merger.version,
            "state": "withdrawn" if withdrawn_at else in_time,
            "declared_at": merger.declared_at,
            "withdrawn_at": withdrawn_at,
        }
    )


def trial_view(view: MergerOut, plan: Plan) -> MergerOut:
    """What a plan would do, or its mistakes, without the ids of what was only tried."""
    shown = view.model_copy(
        deep=True, update={"id": None, "version": 0, "dry_run": True, "declared_at": None}
    )
    shown.problems = plan.mistakes
    new_ids = {each.id for each in plan.openings if each.new.id is None}
    for body in [*shown.opened, *(link.successor for link in shown.links)]:
        if body.id in new_ids:
            body.id = None
    return shown
