"""What a declaration means on its day: who opens, closes and changes, and everything that is wrong."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies.domain import find_body
from services.registry.bodies.errors import CodeTaken
from services.registry.bodies.records import holder_of
from services.registry.ledger.views import BodyOnDay, View
from services.registry.mergers import errors, queries
from services.registry.mergers.queries import DAY
from services.registry.mergers.schemas import CLOSING, Mistake, NewBody, NewLink, NewMerger
from shared.clock import today
from shared.errors import FieldError, NotFound, Problem
from shared.ids import new_id
from shared.schemas import ref_parts

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
    def closing(self) -> list[UUID]:
        """The ids of the bodies that close the day before, as they were declared."""
        return [*dict.fromkeys(each.before for each in self.passings if each.link.kind == CLOSING)]

    @property
    def changing(self) -> set[UUID]:
        """The ids of the bodies that stay open with another boundary."""
        return ({each.before for each in self.passings} - set(self.closing)) | set(self.after)

    def heirs(self, body: UUID) -> list[UUID]:
        """The ids of the bodies that something of a body passes to."""
        return [each.after for each in self.passings if each.before == body]

    def residents_after(self, body: UUID) -> int | None:
        """How many residents a body has from the day on; None if that is not known."""
        parts = [(self.before[each.before], each.link.share) for each in self.passings if each.after == body]
        if body not in self.opened:
            left = 1 - sum(each.link.share for each in self.passings if each.before == body)
            parts.append((self.before.get(body) or self.after[body], left))
        known = [own.residents * share for own, share in parts if own.residents is not None]
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
    plan = Plan(new, await name_edition(session, new.effective_on))
    if new.effective_on <= today() and new.because_late is None:
        plan.add_mistake(errors.MergerNotInFuture, "/effective_on")
    closing = await find_footprints(session, {each.predecessor for each in new.links}, plan.day - DAY)
    known = await find_footprints(session, {each.successor for each in new.links}, plan.day)
    staying = {ref: body for ref, body in known.items() if not body.is_closed_by(plan.day)}
    plan_openings(plan, staying, kept)
    for scheme, code, place in sorted((*code, each.place) for each in plan.openings for code in each.codes):
        if await holder_of(session, scheme, code, plan.day, None):
            plan.add_mistake(CodeTaken, place, said=f"{scheme}:{code}:")
    plan_passings(plan, closing, staying)
    note_wrong_links(plan)
    note_wrong_shares(plan)
    await place_in_regions(session, plan)
    return plan


async def name_edition(session: AsyncSession, day: date) -> str:
    """The name of the edition that starts on a day: `ICB2027`, or `ICB2027-07` for a second one."""
    name = f"ICB{day.year}"
    return name if await queries.edition_starts(session, name) <= {day} else f"{name}-{day.month:02}"


async def find_footprints(session: AsyncSession, refs: Collection[str], day: date) -> dict[str, BodyOnDay]:
    """The footprints that references mean on a day, as far as they had opened by then."""
    found = {}
    for ref in refs:
        with suppress(NotFound):
            found[ref] = await find_body(session, ref, View(day), "footprint")
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
        opening = Opening(each.id or kept.get(each.ods) or new_id(), each, place)
        if not codes.isdisjoint(opening.codes):
            plan.add_mistake(CodeTaken, place)
        codes.update(opening.codes)
        plan.openings.append(opening)


def plan_passings(plan: Plan, closing: Mapping[str, BodyOnDay], staying: Mapping[str, BodyOnDay]) -> None:
    """Plan what passes to whom."""
    opening_of = {code: each for each in plan.openings for code in each.codes}
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
            plan.before[before.id] = before
            if isinstance(after, BodyOnDay):
                plan.after[after.id] = after
            plan.passings.append(Passing(before.id, after.id, link, place))


def note_wrong_links(plan: Plan) -> None:
    """Note links that stand twice or lead to a body that closes, and new bodies that nothing passes to."""
    seen = set()
    for each in plan.passings:
        if (each.before, each.after) in seen:
            plan.add_mistake(errors.LinkTwice, each.place)
        if each.after in plan.closing or each.after == each.before:
            plan.add_mistake(errors.BothSides, each.place, "successor")
        seen.add((each.before, each.after))
    named = {ref_parts(each.successor) for each in plan.new.links}
    for opening in plan.openings:
        if named.isdisjoint(opening.codes):
            plan.add_mistake(errors.SuccessorUnused, opening.place)


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
            said = f"The shares of {plan.before[body].name} add up to {total:.4f}."
            plan.add_mistake(errors.SharesWrong, passings[0].place, "share", said)


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
