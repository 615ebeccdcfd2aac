"""Understanding a declaration: who is meant by each reference, and everything that is wrong with it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies import queries as bodies
from services.registry.bodies.errors import CodeTaken
from services.registry.ledger.views import View
from services.registry.mergers import errors, queries
from services.registry.mergers.plan import CLOSING, DAY, Found, Opening, Passing, Plan
from services.registry.mergers.schemas import NewBody, NewMerger
from shared.clock import today
from shared.ids import new_id
from shared.schemas import ref_parts

SUM_TOLERANCE = 0.001


async def planned(session: AsyncSession, new: NewMerger, kept: Mapping[str, UUID]) -> Plan:
    """Return what a declaration means; `kept`: the bodies, by ODS code, that it corrects."""
    plan = Plan(new, await edition_of(session, new.effective_on))
    if new.effective_on <= today() and new.because_late is None:
        plan.wrong(errors.MergerNotInFuture, "/effective_on")
    known = await Known.of(session, new)
    open_bodies(plan, known, kept)
    await refuse_taken(session, plan, set(kept.values()))
    link_bodies(plan, known)
    for check in (links_twice, unused, shares, both_sides):
        plan.mistakes += check(plan)
    await place_in_regions(session, plan)
    for each in plan.bodies:
        each.residents = plan.residents_after(each.id)
    return plan


async def edition_of(session: AsyncSession, day: date) -> str:
    """Return the name of the edition that starts on a day: by its year, a second one by its month as well."""
    name = f"ICB{day.year}"
    return name if await queries.edition_starts(session, name) <= {day} else f"{name}-{day.month:02}"


@dataclass(frozen=True)
class Known:
    """What the registry knows of the references of a declaration: on the eve, and on the day."""

    ids: Mapping[tuple[str, date], UUID]
    rows: Mapping[tuple[UUID, date], Any]

    @classmethod
    async def of(cls, session: AsyncSession, new: NewMerger) -> "Known":
        """Return what is known of all predecessors and successors."""
        day = new.effective_on
        wanted = {(each.predecessor, day - DAY) for each in new.links}
        wanted |= {(each.successor, day) for each in new.links}
        ids = {(ref, on): found for ref, on in wanted if (found := await id_of(session, ref, on))}
        rows = {
            (each, on): row
            for on in (day - DAY, day)
            for each, row in (await bodies.bodies_on(session, set(ids.values()), View(on))).items()
            if row.is_footprint and not row.withdrawn_at
        }
        return cls(ids, rows)

    def row(self, ref: str, day: date) -> Any:
        """Return the footprint that a reference means on a day, if it had opened by then."""
        found = self.ids.get((ref, day))
        row = self.rows.get((found, day)) if found else None
        return row if row is not None and (row.valid_from is None or row.valid_from <= day) else None


async def id_of(session: AsyncSession, ref: str, day: date) -> UUID | None:
    """Return the id that a reference means on a day."""
    scheme, value = ref_parts(ref)
    if isinstance(value, UUID):
        return value
    return await bodies.body_with_code(session, scheme, value, View(day), "footprint")


def open_bodies(plan: Plan, known: Known, kept: Mapping[str, UUID]) -> None:
    """Plan the bodies that open; of a file, only those whose codes no open footprint has."""
    for number, each in enumerate(plan.new.successors):
        if plan.new.is_from_file and is_open(known.row(f"ods:{each.ods}", plan.day), plan.day):
            continue
        if each.id is not None and each.id not in kept.values():
            plan.wrong(errors.UnknownSuccessor, plan.new.successor_at(number, "id"))
        body = each.id or kept.get(each.ods) or new_id()
        opening = Opening(body, each, plan.new.successor_at(number))
        for code in codes_of(each):
            if code in plan.openings:
                plan.wrong(CodeTaken, opening.at)
            plan.openings[code] = opening


def codes_of(body: NewBody) -> list[str]:
    """Return the references that mean a new body."""
    return [f"{scheme}:{code}" for scheme, code in (("ods", body.ods), ("ons", body.ons)) if code]


def is_open(row: Any, day: date) -> bool:
    """Tell whether a body that had opened is still open on a day."""
    return row is not None and (row.valid_to is None or row.valid_to >= day)


async def refuse_taken(session: AsyncSession, plan: Plan, own: set[UUID]) -> None:
    """Note the codes that another body has."""
    codes = {(ref.partition(":")[0], ref.partition(":")[2]): each for ref, each in plan.openings.items()}
    if not codes:
        return
    for code in sorted(await queries.taken(session, codes, plan.day, own)):
        plan.wrong(CodeTaken, codes[code].at, f"{code[0]}:{code[1]}: {CodeTaken.sentence()}")


def link_bodies(plan: Plan, known: Known) -> None:
    """Plan what passes to whom."""
    for number, each in enumerate(plan.new.links):
        before = known.row(each.predecessor, plan.day - DAY)
        at = plan.new.link_at(number, "predecessor")
        if before is None:
            plan.wrong(errors.UnknownPredecessor, at)
        elif before.valid_to is not None:
            plan.wrong(errors.PredecessorClosed, at)
        opening = plan.openings.get(spelled(each.successor))
        after: Any = known.row(each.successor, plan.day)
        heir = opening.id if opening else after.id if is_open(after, plan.day) else None
        if heir is None:
            plan.wrong(errors.UnknownSuccessor, plan.new.link_at(number, "successor"))
        elif before is not None:
            plan.before[before.id] = before
            if not opening:
                plan.after[heir] = after
            plan.passings.append(Passing(before.id, heir, each))


def spelled(ref: str) -> str:
    """Return a reference with its code in capitals."""
    scheme, colon, code = ref.partition(":")
    return f"{scheme}{colon}{code.upper()}" if colon else ref


def number_of(plan: Plan, passing: Passing) -> int:
    """Return which link of the declaration it was."""
    return next(n for n, each in enumerate(plan.new.links) if each is passing.given)


def links_twice(plan: Plan) -> Iterator[Found]:
    """Find links that are named twice."""
    seen = set()
    for each in plan.passings:
        if (each.before, each.after) in seen:
            yield Found(errors.LinkTwice, plan.new.link_at(number_of(plan, each)))
        seen.add((each.before, each.after))


def unused(plan: Plan) -> Iterator[Found]:
    """Find new bodies that nothing passes to."""
    named = {spelled(each.successor) for each in plan.new.links}
    for each in plan.bodies:
        if named.isdisjoint(codes_of(each.new)):
            yield Found(errors.SuccessorUnused, each.at)


def shares(plan: Plan) -> Iterator[Found]:
    """Find predecessors whose shares are not what their kind wants."""
    by_body: dict[UUID, list[Passing]] = defaultdict(list)
    for each in plan.passings:
        by_body[each.before].append(each)
    for body, passed in by_body.items():
        total = sum(each.given.share for each in passed)
        kinds = {each.given.kind for each in passed}
        fits = abs(total - 1) <= SUM_TOLERANCE if kinds == {CLOSING} else total < 1 - SUM_TOLERANCE
        if len(kinds) > 1 or not fits:
            at = plan.new.link_at(number_of(plan, passed[0]), "share")
            said = (
                f"The shares of {plan.before[body].name} sum to {total:.4f}. {errors.SharesWrong.sentence()}"
            )
            yield Found(errors.SharesWrong, at, said)


def both_sides(plan: Plan) -> Iterator[Found]:
    """Find links to a body that closes on the same day, or to itself."""
    for each in plan.passings:
        if each.after in plan.closing or each.after == each.before:
            yield Found(errors.BothSides, plan.new.link_at(number_of(plan, each), "successor"))


async def place_in_regions(session: AsyncSession, plan: Plan) -> None:
    """Give each new body its region: the one that is named, else that of its predecessors if it is one."""
    by_name = await queries.regions_by_name(session, plan.day)
    of = await queries.regions_of(session, plan.before, plan.day - DAY)
    names = {region: name for name, region in by_name.items()}
    for each in plan.bodies:
        theirs = {of.get(passing.before) for passing in plan.passings if passing.after == each.id}
        each.region = theirs.pop() if len(theirs) == 1 else None
        if each.new.region is not None:
            each.region = by_name.get(each.new.region.removeprefix("NHS England "))
            if each.region is None:
                plan.wrong(errors.UnknownRegion, f"{each.at}/region")
        each.region_name = names.get(each.region) if each.region else None
