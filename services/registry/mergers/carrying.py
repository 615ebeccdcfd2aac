"""Writing what a merger means into the bodies, by one act; undoing that act takes all of it back."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import chain
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies.records import all_said_of
from services.registry.bodies.writing import refuse_taken
from services.registry.ledger.acts import ChangedMeanwhile, Ledger, bodies_of, copy_of, lock_bodies
from services.registry.mergers.errors import PredecessorClosed
from services.registry.mergers.plan import Plan
from services.registry.mergers.queries import DAY
from services.registry.models import Body, BodyCode, BodyName, Boundary, Dated, LegalForm, Relation

# What a relation is, from which body to which.
RelationKey = tuple[str, UUID, UUID]


async def carry_out(ledger: Ledger, plan: Plan) -> list[UUID]:
    """Write a plan without mistakes; the bodies that it touches are locked from here on.

    Returns the bodies that close and whose days a steward had set before.
    """
    session, closing = ledger.session, plan.closing
    related = bodies_of(await all_said_of(session, closing, plan.day))
    regions = {each.region_id for each in plan.openings if each.region_id}
    bodies = await lock_bodies(session, {*closing, *plan.changing, *plan.opened, *related, *regions})
    ending = await all_said_of(session, closing, plan.day)
    if bodies_of(ending) - related:
        raise ChangedMeanwhile
    # What was said of a body that a correction keeps.
    ledger.withdraw(*await all_said_of(session, plan.opened))
    # Codes are held after bodies, as everywhere: another body may have received one since the plan was made.
    await refuse_taken(session, [pair for each in plan.openings for pair in each.code_pairs], plan.day, None)
    dated_by_hand = date_bodies(session, plan, bodies)
    await session.flush()
    staying = await all_said_of(session, plan.changing, plan.day)
    going_on = relations_going_on(plan, ending, staying)
    said = [*facts_of_plan(plan), *(join_relations(*each) for each in going_on.items())]
    boundaries = [each for each in staying if isinstance(each, Boundary)]
    for fact in dict.fromkeys([*ending, *boundaries, *chain(*going_on.values())]):
        end_fact(ledger, fact, plan.day)
    for fact in said:
        fact.valid_from = max(fact.valid_from or plan.day, plan.day)
    ledger.say(*said)
    await session.flush()
    return dated_by_hand


def end_fact(ledger: Ledger, fact: Dated, day: date) -> None:
    """Let a fact end the day before; withdraw one that was to begin on the day or later."""
    if fact.valid_from is not None and fact.valid_from >= day:
        ledger.withdraw(fact)
    else:
        ledger.restate(fact, valid_to=day - DAY)


def date_bodies(session: AsyncSession, plan: Plan, bodies: Mapping[UUID, Body]) -> list[UUID]:
    """Open the successors, new ones or those that a correction keeps, and close the predecessors.

    Returns those that close and whose days a steward had set already.
    """
    for each in plan.openings:
        body = bodies.get(each.id)
        if body is None:
            body = Body(id=each.id, version=0, kind="icb", is_footprint=True, is_organisation=True)
            session.add(body)
        # The key by which an import knows it when the official files have it.
        body.key = f"icb/{each.codes.ods}/{plan.day}"
        body.opened_on, body.closed_on, body.withdrawn_at = plan.day, None, None
        body.source = plan.new.source
    closing = [bodies[each] for each in sorted(plan.closing)]
    if any(body.closed_on is not None for body in closing):
        raise PredecessorClosed
    dated_by_hand = [body.id for body in closing if body.dated_by_hand]
    for body in closing:
        body.closed_on, body.dated_by_hand = plan.day - DAY, True
    return dated_by_hand


def facts_of_plan(plan: Plan) -> Iterator[Dated]:
    """Yield what is so from the day on: the new bodies, all new boundaries, and what passes to whom."""
    source = plan.new.source
    regions = {body: known.region for body, known in sorted(plan.changing.items())}
    for each in plan.openings:
        regions[each.id] = each.region
        yield BodyName(body_id=each.id, name=each.name)
        yield LegalForm(body_id=each.id, legal_form="statutory integrated care board")
        for scheme, code in each.code_pairs:
            yield BodyCode(body_id=each.id, scheme=scheme, code=code)
        if each.region_id:
            yield Relation(from_id=each.region_id, to_id=each.id, kind="encloses", source=source)
    for body, region in regions.items():
        residents = plan.residents_after(body)
        yield Boundary(body_id=body, edition=plan.edition, region=region, residents=residents)
    for link in plan.passings:
        ends = {"from_id": link.predecessor.id, "to_id": link.successor.id}
        yield Relation(**ends, kind=link.kind, share=link.share, source=link.source)


def relations_going_on(
    plan: Plan, ending: Iterable[Dated], staying: Iterable[Dated]
) -> dict[RelationKey, list[Relation]]:
    """The relations of the predecessors that go on with the only successor, by what they become.

    An own relation of a successor that says the same joins them; one of which no part is known goes on alone.
    """
    found: dict[RelationKey, list[Relation]] = defaultdict(list)
    for each in ending:
        # The plan gives each new board its region.
        if not isinstance(each, Relation) or (each.kind == "encloses" and each.to_id in plan.closing):
            continue
        heirs = plan.heirs(each.to_id if each.to_id in plan.closing else each.from_id)
        if len(heirs) == 1:
            from_id, to_id = (heirs[0] if end in plan.closing else end for end in (each.from_id, each.to_id))
            if from_id != to_id:
                found[each.kind, from_id, to_id].append(each)
    own = {(each.kind, each.from_id, each.to_id): each for each in staying if isinstance(each, Relation)}
    for key in found.keys() & own.keys():
        found[key].append(own[key])
        if any(part.share is None for part in found[key]):
            del found[key]
    return found


def join_relations(key: RelationKey, parts: Sequence[Relation]) -> Relation:
    """One relation for several that go on as one: the parts of a council that lies in two boards add up."""
    shares = [each.share for each in parts if each.share is not None]
    ends = [each.valid_to for each in parts if each.valid_to is not None]
    whole = round(min(sum(shares), 1.0), 4) if len(shares) == len(parts) else None
    last_day = max(ends) if len(ends) == len(parts) else None
    _, from_id, to_id = key
    days = {"valid_from": min(each.first_day for each in parts), "valid_to": last_day}
    return copy_of(parts[0], from_id=from_id, to_id=to_id, share=whole, **days)
