"""Writing what a merger means into the bodies, by one act; undoing that act takes all of it back."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies.writing import refuse_taken
from services.registry.ledger.acts import ChangedMeanwhile, Ledger, lock_bodies
from services.registry.mergers import queries
from services.registry.mergers.errors import PredecessorClosed
from services.registry.mergers.plan import DAY, Plan
from services.registry.models import Body, BodyCode, BodyName, Boundary, Dated, LegalForm, Relation

RelationKey = tuple[str, UUID, UUID]


@dataclass(frozen=True, slots=True)
class Effects:
    """What a plan changed: bodies, their members, and which days a steward had set before."""

    touched: set[UUID] = field(default_factory=set)
    members: set[UUID] = field(default_factory=set)
    dated_by_hand: list[UUID] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Part:
    """What a relation said before it ended."""

    share: float | None
    until: date | None
    source: str


async def carry_out(ledger: Ledger, plan: Plan) -> Effects:
    """Write a plan without mistakes; the bodies that it touches are locked from here on."""
    session = ledger.session
    related = await queries.related_from(session, plan.closing, plan.day)
    regions = {each.region for each in plan.openings if each.region}
    existing = {*plan.before, *plan.changing, *related}
    bodies = await lock_bodies(session, existing | plan.opened | regions)
    if await queries.related_from(session, plan.closing, plan.day) - related:
        raise ChangedMeanwhile
    # What was said of a body that a correction keeps.
    ledger.withdraw(*await queries.facts_from(session, plan.opened, date.min))
    # Codes are held after bodies, as everywhere: another body may have received one since the plan was made.
    await refuse_taken(session, [code for each in plan.openings for code in each.codes], plan.day, None)
    open_bodies(session, plan, bodies)
    dated_by_hand = close_bodies(plan, bodies)
    await session.flush()
    ending = await queries.facts_from(session, plan.closing, plan.day)
    ending += await queries.facts_from(session, plan.changing, plan.day, Boundary)
    for fact in ending:
        end_fact(ledger, fact, plan.day)
    say_from(ledger, plan.day, *facts_of_plan(plan))
    members = await pass_on_relations(ledger, plan)
    await session.flush()
    return Effects((existing | regions) - plan.opened, members, dated_by_hand)


def end_fact(ledger: Ledger, fact: Dated, day: date) -> None:
    """Let a fact end the day before; withdraw one that was to begin on the day or later."""
    if fact.valid_from is not None and fact.valid_from >= day:
        ledger.withdraw(fact)
    else:
        ledger.restate(fact, valid_to=day - DAY)


def say_from(ledger: Ledger, day: date, *facts: Dated) -> None:
    """Say facts that hold from a day on."""
    for fact in facts:
        fact.valid_from = day
    ledger.say(*facts)


def open_bodies(session: AsyncSession, plan: Plan, bodies: Mapping[UUID, Body]) -> None:
    """Open the successors, new ones or those that a correction keeps."""
    for each in plan.openings:
        body = bodies.get(each.id)
        if body is None:
            body = Body(id=each.id, version=0, kind="icb", is_footprint=True, is_organisation=True)
            session.add(body)
        # The key by which an import knows it when the official files have it.
        body.key = f"icb/{each.new.ods}/{plan.day}"
        body.opened_on, body.closed_on, body.withdrawn_at = plan.day, None, None
        body.source = plan.new.source


def close_bodies(plan: Plan, bodies: Mapping[UUID, Body]) -> list[UUID]:
    """Close the predecessors the day before; returns those whose days a steward had set already."""
    closing = [bodies[each] for each in sorted(plan.closing)]
    if any(body.closed_on is not None for body in closing):
        raise PredecessorClosed
    dated_by_hand = [body.id for body in closing if body.dated_by_hand]
    for body in closing:
        body.closed_on, body.dated_by_hand = plan.day - DAY, True
    return dated_by_hand


def facts_of_plan(plan: Plan) -> Iterator[Dated]:
    """Yield what is so from the day on: the new bodies, all new boundaries, and what passes to whom."""
    bodies, source = plan.before | plan.after, plan.new.source
    regions = {body: bodies[body].region for body in sorted(plan.changing)}
    for each in plan.openings:
        regions[each.id] = each.region_name
        yield BodyName(body_id=each.id, name=each.new.name)
        yield LegalForm(body_id=each.id, legal_form="statutory integrated care board")
        for scheme, code in each.codes:
            yield BodyCode(body_id=each.id, scheme=scheme, code=code)
        if each.region:
            yield Relation(from_id=each.region, to_id=each.id, kind="encloses", source=source)
    for body, region in regions.items():
        residents = plan.residents_after(body)
        yield Boundary(body_id=body, edition=plan.edition, region=region, residents=residents)
    for passing in plan.passings:
        ends = {"from_id": passing.before, "to_id": passing.after}
        link = {"kind": passing.link.kind, "share": passing.link.share}
        yield Relation(**ends, **link, source=passing.link.source or source)


async def pass_on_relations(ledger: Ledger, plan: Plan) -> set[UUID]:
    """End the relations of the predecessors, and let them go on with the successor where there is only one.

    Returns the members of the predecessors.
    """
    members: set[UUID] = set()
    parts: dict[RelationKey, list[Part]] = defaultdict(list)
    own = {
        (each.kind, each.from_id, each.to_id): each
        for each in await queries.relations_from(ledger.session, plan.after, plan.day)
    }
    for each in await queries.relations_from(ledger.session, plan.closing, plan.day):
        closing = each.to_id if each.to_id in plan.closing else each.from_id
        heirs = plan.heirs(closing)
        if each.kind == "member_of" and each.to_id == closing:
            members.add(each.from_id)
        # The plan gives each new board its region.
        is_region = each.kind == "encloses" and each.to_id in plan.closing
        if len(heirs) == 1 and not is_region:
            from_id, to_id = (heirs[0] if end in plan.closing else end for end in (each.from_id, each.to_id))
            parts[each.kind, from_id, to_id].append(Part(each.share, each.valid_to, each.source))
        end_fact(ledger, each, plan.day)
    for key, ended in parts.items():
        join_relations(ledger, plan.day, key, ended, own.get(key))
    return members


def join_relations(
    ledger: Ledger, day: date, key: RelationKey, ended: list[Part], own: Relation | None
) -> None:
    """Let the relations of several go on as one: the parts of a council that lies in two boards add up."""
    parts = [*ended, *([Part(own.share, own.valid_to, own.source)] if own else [])]
    shares = [each.share for each in parts if each.share is not None]
    if own and len(shares) < len(parts):
        return
    if own:
        end_fact(ledger, own, day)
    ends = [each.until for each in parts if each.until is not None]
    kind, from_id, to_id = key
    joined = Relation(kind=kind, from_id=from_id, to_id=to_id, source=parts[0].source)
    joined.valid_to = max(ends) if len(ends) == len(parts) else None
    joined.share = round(min(sum(shares), 1.0), 4) if len(shares) == len(parts) else None
    say_from(ledger, day, joined)
