"""What became of an organisation and what it came from: trusts, groups, councils and others that closed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies.domain import find_body
from services.registry.bodies.queries import bodies_on, footprints_of
from services.registry.bodies.schemas import BodyNamed, BodyState, body_fields, body_named
from services.registry.ledger.views import BodyOnDay, Edition, View
from services.registry.lineage import queries
from services.registry.lineage.queries import Step
from services.registry.lineage.schemas import Forebear, Heir, OrganisationLineage, StandsToday

SEVERAL = 2
# Small areas of 2011 and of 2021 do not fit each other everywhere.
SMALL = 0.01
NOT_KNOWN = "No source says what became of it. Ask the board of the place where it was."


@dataclass(frozen=True, slots=True)
class Family:
    """The bodies around an organisation in time as they were on a day, and the steps between them."""

    bodies: dict[UUID, BodyOnDay]
    steps: Sequence[Step]
    day: date

    def heirs(self, body: UUID, since: date = date.min, shown: set[UUID] | None = None) -> list[Heir]:
        """Who took over from a body on a day or later, with who took over from them: each goes on once."""
        shown = {body} if shown is None else shown
        found = []
        for step in self.steps:
            if step.before != body or not since <= step.day <= self.day:
                continue
            is_new = step.after not in shown
            shown.add(step.after)
            further = self.heirs(step.after, step.day, shown) if is_new else []
            own = {"organisation": body_named(self.bodies[step.after]), "successors": further}
            found.append(Heir.model_validate(step._asdict() | own))
        return found

    def forebears(self, body: UUID, until: date, shown: set[UUID] | None = None) -> list[Forebear]:
        """From whom a body took over by a day, with from whom they had: each goes on once."""
        shown = {body} if shown is None else shown
        found = []
        for step in self.steps:
            if step.after != body or step.day > until:
                continue
            is_new = step.before not in shown
            shown.add(step.before)
            further = self.forebears(step.before, step.day, shown) if is_new else []
            own = {"organisation": body_named(self.bodies[step.before]), "predecessors": further}
            found.append(Forebear.model_validate(step._asdict() | own))
        return found

    def standing(self, body: UUID) -> list[UUID]:
        """The open bodies that a body has become, itself while it is open; none where nobody knows."""
        found, seen, left = list[UUID](), set[UUID](), [(body, date.min)]
        while left:
            each, since = left.pop(0)
            if each in seen:
                continue
            seen.add(each)
            if self.bodies[each].is_closed_by(self.day):
                steps = (step for step in self.steps if step.before == each and since <= step.day <= self.day)
                left += [(step.after, step.day) for step in steps]
            else:
                found.append(each)
        return found


async def find_lineage(
    session: AsyncSession, body: BodyOnDay, view: View, home: BodyNamed | None = None
) -> OrganisationLineage:
    """What an organisation came from and what it has become by a day; `home` is its own footprint."""
    family = await find_family(session, body, view)
    today = family.standing(body.id)
    homes = {body.id: home} if home else {}
    if missing := [each for each in today if each not in homes]:
        homes |= await find_homes(session, missing, view)
    shares = await share_out(session, body, today, homes)
    return OrganisationLineage(
        organisation=BodyState(**body_fields(body)),
        as_of=view.as_of,
        today=[
            StandsToday(**dict(body_named(family.bodies[each])), share=share, footprint=homes.get(each))
            for each, share in shares.items()
        ],
        detail=None if shares else NOT_KNOWN,
        predecessors=family.forebears(body.id, view.as_of),
        successors=family.heirs(body.id),
    )


async def share_out(
    session: AsyncSession, body: BodyOnDay, today: Sequence[UUID], homes: Mapping[UUID, BodyNamed]
) -> Mapping[UUID, float | None]:
    """How much of a body's area is in each of those that it has become, the largest share first.

    An heir of an heir may have none of it: it is left out. Where the areas of those are not known, the boards
    that they lie in decide; where nobody's are, all stay without a share.
    """
    if len(today) < SEVERAL:
        return dict.fromkeys(today)
    boards = {each: homes[each].id for each in today if each in homes}
    known = await queries.shares_in(session, body.id, {*today, *boards.values()})
    areas = {each: known[each] for each in today if each in known}
    shares = areas or {each: known[board] for each, board in boards.items() if board in known}
    ordered = sorted(shares.items(), key=lambda each: (-each[1], each[0]))
    return {each: share for each, share in ordered if share >= SMALL} or dict.fromkeys(today)


async def find_family(session: AsyncSession, body: BodyOnDay, view: View) -> Family:
    """The bodies around an organisation in time: itself alone, where nothing passed."""
    steps = await queries.steps_around(session, body.id, view)
    others = {each for step in steps for each in (step.before, step.after)} - {body.id}
    bodies = await bodies_on(session, others, view) if others else {}
    return Family({body.id: body, **bodies}, steps, view.as_of)


async def find_homes(session: AsyncSession, ids: Sequence[UUID], view: View) -> dict[UUID, BodyNamed]:
    """The footprints that bodies belong to or lie in."""
    homes = await footprints_of(session, ids, view)
    boards = await bodies_on(session, set(homes.values()), view) if homes else {}
    return {body: body_named(boards[home]) for body, home in homes.items()}


async def lineage_of_organisation(
    session: AsyncSession, ref: str, view: View, edition: Edition | None
) -> OrganisationLineage:
    """The lineage of the organisation that a reference means; NotFound or NotOpenYet when there is none."""
    return await find_lineage(session, await find_body(session, ref, view, "organisation", edition), view)
