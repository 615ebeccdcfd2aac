"""What a declaration means on its day: who opens, closes and changes, and everything that is wrong."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies.errors import CodeTaken
from services.registry.bodies.queries import bodies_on, body_with_code
from services.registry.ledger.views import BodyOnDay, View
from services.registry.mergers import errors, queries
from services.registry.mergers.schemas import CLOSING, Mistake, NewBody, NewLink, NewMerger
from shared.clock import today
from shared.errors import FieldError, Problem
from shared.ids import new_id
from shared.schemas import ref_parts

DAY = timedelta(days=1)
SUM_TOLERANCE = 0.001


@dataclass(slots=True)
class Opening:
    """A body that opens: a new one, or one that a correction keeps; `place` is where it was declared."""

    id: UUID
    new: NewBody
    place: str
    region: UUID | None = None
    region_name: str | None = None

    @property
    def codes(self) -> list[tuple[str, str]]:
        """Its codes: (scheme, code)."""
        return [(scheme, code) for scheme in ("ods", "ons") if (code := getattr(self.new, scheme))]

    @property
    def refs(self) -> list[str]:
        """The references that mean it, by its codes."""
        return [f"{scheme}:{code}" for scheme, code in self.codes]


@dataclass(frozen=True, slots=True)
class Passing:
    """What passes from one body to another; `place` is where it was declared."""

    before: UUID
    after: UUID
    link: NewLink
    place: str


@dataclass
class Plan:
    """What is to happen on the day."""

    new: NewMerger
    edition: str
    openings: list[Opening] = field(default_factory=list)
    passings: list[Passing] = field(default_factory=list)
    # The predecessors as they are the day before, and the open successors as they are on the day.
    before: dict[UUID, BodyOnDay] = field(default_factory=dict)
    after: dict[UUID, BodyOnDay] = field(default_factory=dict)
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
    def closing(self) -> set[UUID]:
        """The ids of the bodies that close the day before."""
        return {each.before for each in self.passings if each.link.kind == CLOSING}

    @property
    def changing(self) -> set[UUID]:
        """The ids of the bodies that stay open with another boundary."""
        return ({each.before for each in self.passings} - self.closing) | set(self.after)

    def heirs(self, body: UUID) -> list[UUID]:
        """The ids of the bodies that something of a body passes to."""
        return [each.after for each in self.passings if each.before == body]

    def add_mistake(
        self, problem: type[Problem], place: str, field: str = "", detail: str | None = None
    ) -> None:
        """Note what is wrong, and where."""
        pointer = self.new.pointer(place, field)
        mistake = Mistake(code=problem.code, pointer=pointer, detail=detail or problem.sentence())
        self.mistakes.append(mistake)

    def residents_after(self, body: UUID) -> int | None:
        """How many residents a body has from the day on; None if that is not known."""
        parts = [(self.before[each.before], each.link.share) for each in self.passings if each.after == body]
        if body not in self.opened:
            left = 1 - sum(each.link.share for each in self.passings if each.before == body)
            parts.append((self.before.get(body) or self.after[body], left))
        known = [own.residents * share for own, share in parts if own.residents is not None]
        return round(sum(known)) if len(known) == len(parts) else None


def refuse_mistakes(mistakes: Sequence[Mistake]) -> None:
    """Raise the problem of the first mistake, and name all of them."""
    if mistakes:
        named = [FieldError(pointer=each.pointer, detail=each.detail) for each in mistakes]
        raise Problem.catalogue[mistakes[0].code](mistakes[0].detail, errors=named)


async def plan_merger(session: AsyncSession, new: NewMerger, kept: Mapping[str, UUID]) -> Plan:
    """Plan what a declaration means; `kept` holds the bodies, by ODS code, that it corrects."""
    plan = Plan(new, await name_edition(session, new.effective_on))
    if new.effective_on <= today() and new.because_late is None:
        plan.add_mistake(errors.MergerNotInFuture, "/effective_on")
    closing = await find_footprints(session, {each.predecessor for each in new.links}, plan.day - DAY)
    known = await find_footprints(session, {each.successor for each in new.links}, plan.day)
    staying = {ref: body for ref, body in known.items() if not body.is_closed_by(plan.day)}
    plan_openings(plan, staying, kept)
    await note_taken_codes(session, plan, kept.values())
    plan_passings(plan, closing, staying)
    for note_mistakes in (note_wrong_links, note_unused_successors, note_wrong_shares):
        note_mistakes(plan)
    await place_in_regions(session, plan)
    return plan


async def name_edition(session: AsyncSession, day: date) -> str:
    """The name of the edition that starts on a day: `ICB2027`, or `ICB2027-07` for a second one."""
    name = f"ICB{day.year}"
    return name if await queries.edition_starts(session, name) <= {day} else f"{name}-{day.month:02}"


async def find_footprints(session: AsyncSession, refs: Collection[str], day: date) -> dict[str, BodyOnDay]:
    """The footprints that references mean on a day, as far as they had opened by then."""
    view, ids = View(day), dict[str, UUID]()
    for ref in refs:
        scheme, value = ref_parts(ref)
        if isinstance(value, str):
            found = await body_with_code(session, scheme, value, view, "footprint")
        else:
            found = value
        if found:
            ids[ref] = found
    bodies = await bodies_on(session, set(ids.values()), view)
    return {
        ref: body
        for ref, body_id in ids.items()
        if (body := bodies.get(body_id)) and body.is_footprint and not body.withdrawn_at
        if (body.valid_from or day) <= day
    }


def plan_openings(plan: Plan, staying: Collection[str], kept: Mapping[str, UUID]) -> None:
    """Plan the bodies that open; of a file, only those whose codes no open footprint has."""
    refs: set[str] = set()
    for number, each in enumerate(plan.new.successors):
        place = f"/successors/{number}"
        if plan.new.is_from_file and f"ods:{each.ods}" in staying:
            continue
        if each.id is not None and each.id not in kept.values():
            plan.add_mistake(errors.UnknownSuccessor, place, "id")
        opening = Opening(each.id or kept.get(each.ods) or new_id(), each, place)
        if not refs.isdisjoint(opening.refs):
            plan.add_mistake(CodeTaken, place)
        refs.update(opening.refs)
        plan.openings.append(opening)


async def note_taken_codes(session: AsyncSession, plan: Plan, own: Collection[UUID]) -> None:
    """Note the codes that another body has."""
    places = {code: each.place for each in plan.openings for code in each.codes}
    for scheme, code in sorted(await queries.codes_taken(session, places, plan.day, own)):
        detail = f"{scheme}:{code}: {CodeTaken.sentence()}"
        plan.add_mistake(CodeTaken, places[scheme, code], detail=detail)


def plan_passings(plan: Plan, closing: Mapping[str, BodyOnDay], staying: Mapping[str, BodyOnDay]) -> None:
    """Plan what passes to whom."""
    opening_of = {ref: each for each in plan.openings for ref in each.refs}
    for number, link in enumerate(plan.new.links):
        place = f"/links/{number}"
        before = closing.get(link.predecessor)
        if before is None:
            plan.add_mistake(errors.UnknownPredecessor, place, "predecessor")
        elif before.valid_to is not None:
            plan.add_mistake(errors.PredecessorClosed, place, "predecessor")
        after = opening_of.get(in_capitals(link.successor)) or staying.get(link.successor)
        if after is None:
            plan.add_mistake(errors.UnknownSuccessor, place, "successor")
        elif before is not None:
            plan.before[before.id] = before
            if isinstance(after, BodyOnDay):
                plan.after[after.id] = after
            plan.passings.append(Passing(before.id, after.id, link, place))


def in_capitals(ref: str) -> str:
    """A reference with its code in capitals."""
    scheme, colon, code = ref.partition(":")
    return f"{scheme}{colon}{code.upper()}" if colon else ref


def note_wrong_links(plan: Plan) -> None:
    """Note links that stand twice, and those to a body that closes on the same day or to the same body."""
    seen = set()
    for each in plan.passings:
        if (each.before, each.after) in seen:
            plan.add_mistake(errors.LinkTwice, each.place)
        if each.after in plan.closing or each.after == each.before:
            plan.add_mistake(errors.BothSides, each.place, "successor")
        seen.add((each.before, each.after))


def note_unused_successors(plan: Plan) -> None:
    """Note new bodies that nothing passes to."""
    named = {in_capitals(each.successor) for each in plan.new.links}
    for each in plan.openings:
        if named.isdisjoint(each.refs):
            plan.add_mistake(errors.SuccessorUnused, each.place)


def note_wrong_shares(plan: Plan) -> None:
    """Note predecessors whose shares do not fit the kind of their links."""
    by_body: dict[UUID, list[Passing]] = defaultdict(list)
    for each in plan.passings:
        by_body[each.before].append(each)
    for body, passings in by_body.items():
        total = sum(each.link.share for each in passings)
        kinds = {each.link.kind for each in passings}
        fits = abs(total - 1) <= SUM_TOLERANCE if kinds == {CLOSING} else total < 1 - SUM_TOLERANCE
        if len(kinds) > 1 or not fits:
            added = f"The shares of {plan.before[body].name} add up to {total:.4f}."
            detail = f"{added} {errors.SharesWrong.sentence()}"
            plan.add_mistake(errors.SharesWrong, passings[0].place, "share", detail)


async def place_in_regions(session: AsyncSession, plan: Plan) -> None:
    """Give each new body the region that is named; without one, that of its predecessors if they share it."""
    ids = await queries.regions_by_name(session, plan.day)
    for each in plan.openings:
        theirs = {plan.before[passing.before].region for passing in plan.passings if passing.after == each.id}
        shared = theirs.pop() if len(theirs) == 1 else None
        name = (each.new.region or shared or "").removeprefix("NHS England ")
        if each.new.region and name not in ids:
            plan.add_mistake(errors.UnknownRegion, each.place, "region")
        elif name in ids:
            each.region, each.region_name = ids[name], name
