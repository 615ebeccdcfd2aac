"""What a declaration means on its day: who opens, closes and changes, and everything that is wrong."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies.domain import find_body
from services.registry.bodies.errors import CodeTaken
from services.registry.bodies.records import holder_of
from services.registry.ledger.views import BodyOnDay, Codes, Role, View
from services.registry.mergers import errors, queries
from services.registry.mergers.queries import DAY
from services.registry.mergers.schemas import CLOSING, Mistake, NewMerger
from shared.clock import today
from shared.errors import FieldError, NotFound, Problem
from shared.ids import new_id
from shared.schemas import ref_parts

SUM_TOLERANCE = 0.001


@dataclass(slots=True)
class Opening:
    """A body that opens: a new one, or one that a correction keeps; `place` is where it was declared.

    Its region is the one that was named, until the plan finds it.
    """

    id: UUID
    name: str
    codes: Codes
    region: str | None
    place: str
    region_id: UUID | None = None
    residents: int | None = None
    kind: str = "icb"

    @property
    def code_pairs(self) -> list[tuple[str, str]]:
        """Its codes as pairs of scheme and code."""
        return [(scheme, code) for scheme, code in asdict(self.codes).items() if code]


@dataclass(frozen=True, slots=True)
class Passing:
    """What passes from one body to another; `place` is where it was declared."""

    predecessor: BodyOnDay
    successor: BodyOnDay | Opening
    share: float
    kind: str
    source: str
    place: str


@dataclass
class Plan:
    """What is to happen on the day."""

    new: NewMerger
    edition: str
    openings: list[Opening] = field(default_factory=list)
    passings: list[Passing] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)

    @property
    def day(self) -> date:
        """The first day of the successors."""
        return self.new.effective_on

    @property
    def opened(self) -> set[UUID]:
        """The ids of the bodies that open."""
        return {each.id for each in self.openings}

    @property
    def closing(self) -> dict[UUID, BodyOnDay]:
        """The bodies that close the day before, in the order in which they were declared."""
        return {each.predecessor.id: each.predecessor for each in self.passings if each.kind == CLOSING}

    @property
    def changing(self) -> dict[UUID, BodyOnDay]:
        """The bodies that stay open with another boundary: as they are the day before, or on the day."""
        after = [each.successor for each in self.passings if isinstance(each.successor, BodyOnDay)]
        before = [each.predecessor for each in self.passings if each.kind != CLOSING]
        return {each.id: each for each in (*after, *before)}

    def heirs(self, body: UUID) -> list[UUID]:
        """The ids of the bodies that something of a body passes to."""
        return [each.successor.id for each in self.passings if each.predecessor.id == body]

    def residents_after(self, body: UUID) -> int | None:
        """How many residents a body has from the day on; None if that is not known."""
        parts = [(each.predecessor, each.share) for each in self.passings if each.successor.id == body]
        if own := self.changing.get(body):
            parts.append((own, 1 - sum(each.share for each in self.passings if each.predecessor.id == body)))
        known = [part.residents * share for part, share in parts if part.residents is not None]
        return round(sum(known)) if len(known) == len(parts) else None

    def add_mistake(self, problem: type[Problem], place: str, field: str = "", said: str = "") -> None:
        """Note what is wrong, and where; `said` comes before what to do about it."""
        detail = f"{said} {problem.sentence()}".lstrip()
        pointer = self.new.pointer(place, field)
        self.mistakes.append(Mistake(code=problem.code, pointer=pointer, detail=detail))

    def refuse_mistakes(self) -> None:
        """Raise the problem of the first mistake, and name all of them."""
        if self.mistakes:
            first = self.mistakes[0]
            named = [FieldError(pointer=each.pointer, detail=each.detail) for each in self.mistakes]
            raise Problem.catalogue[first.code](first.detail, errors=named)


async def plan_merger(session: AsyncSession, new: NewMerger, kept: Mapping[str, UUID]) -> Plan:
    """Plan what a declaration means; `kept` holds the bodies, by ODS code, that it corrects."""
    plan = Plan(new, await queries.name_edition(session, new.effective_on))
    if new.effective_on <= today() and new.because_late is None:
        plan.add_mistake(errors.MergerNotInFuture, "/effective_on")
    closing = await find_bodies(session, {each.predecessor for each in new.links}, plan.day - DAY)
    known = await find_bodies(session, {each.successor for each in new.links}, plan.day)
    staying = {ref: body for ref, body in known.items() if not body.is_closed_by(plan.day)}
    plan_openings(plan, staying, kept)
    places = {pair: each.place for each in plan.openings for pair in each.code_pairs}
    for scheme, code in sorted(places):
        if await holder_of(session, scheme, code, plan.day, None):
            plan.add_mistake(CodeTaken, places[scheme, code], said=f"{scheme}:{code}:")
    plan_passings(plan, closing, staying)
    note_wrong_links(plan)
    note_wrong_shares(plan)
    await place_in_regions(session, plan)
    for each in plan.openings:
        each.residents = plan.residents_after(each.id)
    return plan


async def find_bodies(
    session: AsyncSession, refs: Collection[str], day: date, role: Role = "footprint"
) -> dict[str, BodyOnDay]:
    """The footprints, or others, that references mean on a day, as far as they had opened by then."""
    found = {}
    for ref in refs:
        with suppress(NotFound):
            found[ref] = await find_body(session, ref, View(day), role)
    return found


def plan_openings(plan: Plan, staying: Collection[str], kept: Mapping[str, UUID]) -> None:
    """Plan the bodies that open; of a file, only those whose codes no open footprint has."""
    codes: set[tuple[str, str]] = set()
    for number, each in enumerate(plan.new.successors):
        place = f"/successors/{number}"
        if plan.new.is_from_file and f"ods:{each.ods}" in staying:
            continue
        if each.id is not None and each.id not in kept.values():
            plan.add_mistake(errors.UnknownSuccessor, place, "id")
        body_id = each.id or kept.get(each.ods) or new_id()
        opening = Opening(body_id, each.name, Codes(each.ods, each.ons), each.region, place)
        if not codes.isdisjoint(opening.code_pairs):
            plan.add_mistake(CodeTaken, place)
        codes.update(opening.code_pairs)
        plan.openings.append(opening)


def plan_passings(plan: Plan, closing: Mapping[str, BodyOnDay], staying: Mapping[str, BodyOnDay]) -> None:
    """Plan what passes to whom."""
    opening_of = {pair: each for each in plan.openings for pair in each.code_pairs}
    for number, link in enumerate(plan.new.links):
        place = f"/links/{number}"
        before = closing.get(link.predecessor)
        if before is None:
            plan.add_mistake(errors.UnknownPredecessor, place, "predecessor")
        elif before.valid_to is not None:
            plan.add_mistake(errors.PredecessorClosed, place, "predecessor")
        scheme, value = ref_parts(link.successor)
        after = opening_of.get((scheme, str(value))) or staying.get(link.successor)
        if after is None:
            plan.add_mistake(errors.UnknownSuccessor, place, "successor")
        elif before is not None:
            source = link.source or plan.new.source
            plan.passings.append(Passing(before, after, link.share, link.kind, source, place))


def note_wrong_links(plan: Plan) -> None:
    """Note links that stand twice or lead to a body that closes, and new bodies that nothing passes to."""
    seen = set()
    for each in plan.passings:
        ends = each.predecessor.id, each.successor.id
        if ends in seen:
            plan.add_mistake(errors.LinkTwice, each.place)
        if each.successor.id in {*plan.closing, each.predecessor.id}:
            plan.add_mistake(errors.BothSides, each.place, "successor")
        seen.add(ends)
    named = {ref_parts(each.successor) for each in plan.new.links}
    for opening in plan.openings:
        if named.isdisjoint(opening.code_pairs):
            plan.add_mistake(errors.SuccessorUnused, opening.place)


def note_wrong_shares(plan: Plan) -> None:
    """Note predecessors whose shares do not fit the kind of their links."""
    by_body: dict[UUID, list[Passing]] = defaultdict(list)
    for each in plan.passings:
        by_body[each.predecessor.id].append(each)
    for first, *others in by_body.values():
        total = sum(each.share for each in (first, *others))
        kinds = {each.kind for each in (first, *others)}
        fits = abs(total - 1) <= SUM_TOLERANCE if kinds == {CLOSING} else total < 1 - SUM_TOLERANCE
        if len(kinds) > 1 or not fits:
            said = f"The shares of {first.predecessor.name} add up to {total:.4f}."
            plan.add_mistake(errors.SharesWrong, first.place, "share", said)


async def place_in_regions(session: AsyncSession, plan: Plan) -> None:
    """Give each new body the region that is named; without one, that of its predecessors if they share it."""
    ids = await queries.regions_by_name(session, plan.day)
    for each in plan.openings:
        theirs = {passing.predecessor.region for passing in plan.passings if passing.successor is each}
        shared = theirs.pop() if len(theirs) == 1 else None
        name = (each.region or shared or "").removeprefix("NHS England ")
        if each.region and name not in ids:
            plan.add_mistake(errors.UnknownRegion, each.place, "region")
        each.region_id = ids.get(name)
        each.region = name if each.region_id else None
