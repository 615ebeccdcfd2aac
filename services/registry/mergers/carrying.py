"""Writing what a merger means into the bodies: nothing that was said is lost, so that it can be undone."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies.errors import CodeTaken
from services.registry.ledger.acts import Act, Ledger
from services.registry.mergers import queries
from services.registry.mergers.errors import ChangedMeanwhile, PredecessorClosed
from services.registry.mergers.plan import DAY, Opening, Plan
from services.registry.models import Body, BodyCode, BodyName, Boundary, LegalForm, Relation

OWN = (BodyName, BodyCode, LegalForm, Boundary)
Key = tuple[str, UUID, UUID]


@dataclass(frozen=True, slots=True)
class Part:
    """A relation of a body that closes, and until when it was said to hold."""

    relation: Relation
    until: date | None


@dataclass
class Written:
    """What was written, in such a form that it can be undone."""

    ledger: Ledger
    day: date
    closed: list[dict[str, Any]] = field(default_factory=list)
    ended: list[dict[str, Any]] = field(default_factory=list)
    brought: list[Any] = field(default_factory=list)
    touched: set[UUID] = field(default_factory=set)
    members: set[UUID] = field(default_factory=set)

    @property
    def act(self) -> Act:
        """The act that declares the merger."""
        return self.ledger.act

    def end(self, fact: Any) -> None:
        """Let a fact end on the eve; one that was to begin later is said no more."""
        kept: dict[str, Any] = {"table": fact.__tablename__, "id": fact.id}
        if fact.valid_from is not None and fact.valid_from >= self.day:
            kept["gone"] = True
            self.ledger.withdraw(fact)
        else:
            kept["valid_to"] = fact.valid_to.isoformat() if fact.valid_to else None
            self.ledger.restate(fact, valid_to=self.day - DAY)
        self.ended.append(kept)

    def bring(self, fact: Any) -> None:
        """Say something from the day on."""
        fact.valid_from = self.day
        self.ledger.say(fact)
        self.brought.append(fact)

    def stored(self) -> dict[str, Any]:
        """Return it as it is stored."""
        brought = [{"table": each.__tablename__, "id": each.id} for each in self.brought]
        return {"closed": self.closed, "ended": self.ended, "brought": brought}


async def carry_out(session: AsyncSession, plan: Plan, act: Act) -> Written:
    """Write a plan without mistakes; whom it touches is locked."""
    written = Written(Ledger(session, act), plan.day)
    ends = await queries.related_from(session, plan.closing, plan.day)
    existing = {*plan.before, *plan.changing, *ends}
    regions = {each.region for each in plan.openings.values() if each.region}
    bodies = await queries.locked(session, existing | plan.opened | regions)
    if await queries.related_from(session, plan.closing, plan.day) - ends:
        raise ChangedMeanwhile
    relations = await queries.relations_from(session, plan.closing, plan.day)
    await refuse_taken(session, plan)
    open_all(session, plan, bodies, written)
    await session.flush()
    await change_boundaries(session, plan, written)
    for each in plan.passings:
        link = Relation(
            from_id=each.before, to_id=each.after, kind=each.given.kind, share=each.given.share,
            source=each.given.source or act.source,
        )  # fmt: skip
        written.bring(link)
    await close_all(session, plan, bodies, written)
    await pass_on(session, plan, relations, written)
    written.touched |= {*existing, *regions} - plan.opened
    await session.flush()
    return written


async def refuse_taken(session: AsyncSession, plan: Plan) -> None:
    """Refuse codes that another body got since the plan was made; nobody can register them any more.

    Codes are held after bodies, as everywhere.
    """
    codes = [(scheme, code) for scheme, _, code in (ref.partition(":") for ref in plan.openings)]
    await queries.hold_codes(session, codes)
    if codes and await queries.taken(session, codes, plan.day, plan.opened):
        raise CodeTaken


def open_all(session: AsyncSession, plan: Plan, bodies: dict[UUID, Body], written: Written) -> None:
    """Open the successors, with all that is known of them."""
    for each in plan.bodies:
        body = bodies.get(each.id)
        if body is None:
            body = Body(id=each.id, version=0, kind="icb", is_footprint=True, is_organisation=True)
            session.add(body)
        # As an import will know it when the official files have it.
        body.key = f"icb/{each.new.ods}/{plan.day}"
        body.opened_on, body.closed_on, body.withdrawn_at = plan.day, None, None
        body.source = written.act.source


async def change_boundaries(session: AsyncSession, plan: Plan, written: Written) -> None:
    """Let the new edition start: for the bodies that open, and for those whose boundary changes."""
    rows = plan.before | plan.after
    for fact in await queries.facts_from(session, plan.changing, plan.day, Boundary):
        written.end(fact)
    for body in sorted(plan.changing):
        boundary = Boundary(
            body_id=body, edition=plan.edition, region=rows[body].region, residents=plan.residents_after(body)
        )
        written.bring(boundary)
    for fact in await queries.facts_from(session, plan.opened, date.min, *OWN):
        # What was said of a body that a correction keeps.
        written.ledger.withdraw(fact)
    for each in plan.bodies:
        for fact in facts_of(each, plan.edition):
            written.bring(fact)
        if each.region:
            region = Relation(from_id=each.region, to_id=each.id, kind="encloses", source=written.act.source)
            written.bring(region)


def facts_of(opening: Opening, edition: str) -> list[Any]:
    """Return all that is known of a new body."""
    new = opening.new
    codes = [("ods", new.ods), ("ons", new.ons)]
    return [
        BodyName(body_id=opening.id, name=new.name),
        *(BodyCode(body_id=opening.id, scheme=scheme, code=code) for scheme, code in codes if code),
        LegalForm(body_id=opening.id, legal_form="statutory integrated care board"),
        Boundary(
            body_id=opening.id, edition=edition, region=opening.region_name, residents=opening.residents
        ),
    ]


async def close_all(session: AsyncSession, plan: Plan, bodies: dict[UUID, Body], written: Written) -> None:
    """Close the predecessors on the eve."""
    for each in sorted(plan.closing):
        body = bodies[each]
        if body.closed_on is not None:
            raise PredecessorClosed
        written.closed.append({"id": str(each), "dated_by_hand": body.dated_by_hand})
        body.closed_on, body.dated_by_hand = plan.day - DAY, True
    for fact in await queries.facts_from(session, plan.closing, plan.day, *OWN):
        written.end(fact)


async def pass_on(session: AsyncSession, plan: Plan, relations: Iterable[Relation], written: Written) -> None:
    """End what belonged to the predecessors, and let it go on with the successor where there is only one."""
    parts: dict[Key, list[Part]] = defaultdict(list)
    for each in relations:
        closing = each.to_id if each.to_id in plan.closing else each.from_id
        heirs = plan.heirs(closing)
        if each.kind == "member_of" and each.to_id == closing:
            written.members.add(each.from_id)
        part = Part(each, each.valid_to)
        written.end(each)
        if len(heirs) == 1 and not is_region(plan, each):
            before, after = (heirs[0] if end in plan.closing else end for end in (each.from_id, each.to_id))
            parts[(each.kind, before, after)].append(part)
    own = {
        (each.kind, each.from_id, each.to_id): each
        for each in await queries.relations_from(session, plan.after, plan.day)
    }
    for key, joined in parts.items():
        join(key, joined, own.get(key), written)


def is_region(plan: Plan, relation: Relation) -> bool:
    """Tell whether a relation is that of a region to a board, which the plan gives anew."""
    return relation.kind == "encloses" and relation.to_id in plan.closing


def join(key: Key, parts: list[Part], own: Relation | None, written: Written) -> None:
    """Let what belonged to several go on as one: the parts of a council that lies in two boards add up."""
    joined = [*parts, *([Part(own, own.valid_to)] if own else [])]
    shares = [each.relation.share for each in joined if each.relation.share is not None]
    if own and len(shares) < len(joined):
        return
    ends = [each.until for each in joined if each.until is not None]
    if own:
        written.end(own)
    kind, from_id, to_id = key
    together = Relation(
        from_id=from_id, to_id=to_id, kind=kind, source=parts[0].relation.source,
        share=round(min(sum(shares), 1.0), 4) if len(shares) == len(joined) else None,
        valid_to=max(ends) if len(ends) == len(joined) else None,
    )  # fmt: skip
    written.bring(together)
