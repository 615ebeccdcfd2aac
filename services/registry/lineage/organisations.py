"""What became of an organisation and what it came from: trusts, groups, councils and others that closed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies.domain import identify_body_of_any_time
from services.registry.bodies.queries import bodies_on
from services.registry.bodies.schemas import BodyNamed, BodyState, body_fields, body_named
from services.registry.ledger.views import BodyOnDay, Edition, View
from services.registry.lineage import queries
from services.registry.lineage.queries import Step
from services.registry.lineage.schemas import Forebear, Heir, OrganisationLineage, StandsToday

NOT_KNOWN = "No source says what became of it. Ask the board of the place where it was."


@dataclass(frozen=True, slots=True)
class Family:
    """The bodies around an organisation in time as they were on a day, and the steps between them."""

    bodies: dict[UUID, BodyOnDay]
    steps: Sequence[Step]
    day: date

    def heirs(self, body: UUID, since: date = date.min, path: Collection[UUID] = ()) -> list[Heir]:
        """Who took over from a body on a day or later, with who took over from them."""
        return [
            Heir.model_validate(
                step._asdict()
                | {
                    "organisation": body_named(self.bodies[step.after]),
                    "successors": self.heirs(step.after, step.day, {*path, body}),
                }
            )
            for step in self.steps
            if step.before == body and since <= step.day <= self.day and step.after not in {*path, body}
        ]

    def forebears(self, body: UUID, until: date, path: Collection[UUID] = ()) -> list[Forebear]:
        """From whom a body took over by a day, with from whom they had."""
        return [
            Forebear.model_validate(
                step._asdict()
                | {
                    "organisation": body_named(self.bodies[step.before]),
                    "predecessors": self.forebears(step.before, step.day, {*path, body}),
                }
            )
            for step in self.steps
            if step.after == body and step.day <= until and step.before not in {*path, body}
        ]

    def standing(self, body: UUID, path: Collection[UUID] = ()) -> dict[UUID, None]:
        """The open bodies that a body has become, itself while it is open; none where nobody knows."""
        if not self.bodies[body].is_closed_by(self.day):
            return {body: None}
        heirs = [step.after for step in self.steps if step.before == body and step.day <= self.day]
        found: dict[UUID, None] = {}
        for heir in heirs:
            if heir not in path:
                found |= self.standing(heir, {*path, body})
        return found


async def find_lineage(
    session: AsyncSession, body: BodyOnDay, view: View, home: BodyNamed | None = None
) -> OrganisationLineage:
    """What an organisation came from and what it has become by a day; `home` is its own footprint."""
    family = await find_family(session, body, view)
    today = list(family.standing(body.id))
    homes = {body.id: home} if home else {}
    if missing := [each for each in today if each not in homes]:
        homes |= await find_homes(session, missing, view)
    return OrganisationLineage(
        organisation=BodyState(**body_fields(body)),
        as_of=view.as_of,
        today=[
            StandsToday(**dict(body_named(family.bodies[each])), footprint=homes.get(each)) for each in today
        ],
        detail=None if today else NOT_KNOWN,
        predecessors=family.forebears(body.id, view.as_of),
        successors=family.heirs(body.id),
    )


async def find_family(session: AsyncSession, body: BodyOnDay, view: View) -> Family:
    """The bodies around an organisation in time: itself alone, where nothing passed."""
    steps = await queries.steps_around(session, body.id, view)
    others = {each for step in steps for each in (step.before, step.after)} - {body.id}
    bodies = await bodies_on(session, others, view) if others else {}
    return Family({body.id: body, **bodies}, steps, view.as_of)


async def find_homes(session: AsyncSession, ids: Sequence[UUID], view: View) -> dict[UUID, BodyNamed]:
    """The footprints that bodies belong to or lie in."""
    homes = await queries.homes_of(session, ids, view)
    boards = await bodies_on(session, set(homes.values()), view) if homes else {}
    return {body: body_named(boards[home]) for body, home in homes.items()}


async def lineage_of_organisation(
    session: AsyncSession, ref: str, view: View, edition: Edition | None
) -> OrganisationLineage:
    """The lineage of the organisation that a reference means; NotFound when there is none."""
    found = await identify_body_of_any_time(session, ref, view.as_of, "organisation", edition)
    body = (await bodies_on(session, [found], view))[found]
    return await find_lineage(session, body, view)
