"""How a merger is shown."""

from datetime import date

from sqlalchemy import distinct, func
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies.queries import bodies_on
from services.registry.bodies.schemas import body_named
from services.registry.ledger.views import Codes, View
from services.registry.mergers import queries, schemas
from services.registry.mergers.models import Merger
from services.registry.mergers.plan import Plan
from services.registry.models import Relation
from shared.clock import ENGLAND, today


async def declaration_of(session: AsyncSession, plan: Plan) -> schemas.Declaration:
    """What a plan that was carried out declares, by the names and codes of now; nothing, if it has mistakes.

    In a dry run, bodies that would be new have no ids.
    """
    openings, passings = ([], []) if plan.mistakes else (plan.openings, plan.passings)
    opened = {
        each.id: schemas.OpeningBody(
            id=None if plan.new.dry_run and each.new.id is None else each.id,
            name=each.new.name,
            kind="icb",
            codes=Codes(each.new.ods, each.new.ons),
            region=each.region_name,
            residents=plan.residents_after(each.id),
        )
        for each in openings
    }
    known = {**plan.after, **plan.before, **opened}
    bodies = {body_id: schemas.LinkedBody.model_validate(body) for body_id, body in known.items()}
    closing = [] if plan.mistakes else plan.closing
    members = queries.members_until(closing, plan.day)
    count = members.with_only_columns(func.count(distinct(Relation.from_id)))
    return schemas.Declaration(
        effective_on=plan.day,
        edition=plan.edition,
        reason=plan.new.reason,
        source=plan.new.source,
        opened=[*opened.values()],
        links=[
            schemas.LinkOut(
                predecessor=bodies[each.before],
                successor=bodies[each.after],
                share=each.link.share,
                kind=each.link.kind,
                source=each.link.source or plan.new.source,
            )
            for each in passings
        ],
        closes=[bodies[each] for each in closing],
        organisations=await session.scalar(count) or 0,
        loop_owners=sum(plan.before[each].is_organisation for each in closing),
    )


async def merger_view(session: AsyncSession, merger: Merger) -> schemas.MergerOut:
    """A merger as it is shown, with the organisations that nobody has assigned to a successor."""
    closing = merger.closing_ids if merger.withdrawn_at is None else ()
    homeless = await queries.find_unassigned(session, closing, merger.effective_on)
    bodies = await bodies_on(session, homeless, View(merger.effective_on))
    return schemas.MergerOut(
        **dict(merger_summary(merger, today())),
        to_be_assigned=[body_named(bodies[each]) for each in homeless],
        earlier=merger.earlier,
    )


def merger_summary(merger: Merger, day: date) -> schemas.MergerSummary:
    """A merger in short, in the state that it was in on a day."""
    withdrawn_at = merger.withdrawn_at
    if withdrawn_at and withdrawn_at.astimezone(ENGLAND).date() > day:
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
