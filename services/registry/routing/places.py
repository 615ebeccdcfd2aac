"""The bodies around a place: its board, trusts, councils and so on, as lookups find them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies import domain as bodies
from services.registry.bodies import queries as body_queries
from services.registry.bodies.schemas import BodyNamed, body_named
from services.registry.known.domain import in_words
from services.registry.ledger.views import View
from services.registry.lineage.schemas import LineageEntry
from services.registry.lookup.answers import AnswerCache
from services.registry.lookup.domain import look_up
from services.registry.lookup.queries import find_bodies_around
from services.registry.lookup.reading import PlaceQuery, place_query
from services.registry.lookup.schemas import PlaceFound, PlaceGiven
from services.registry.routing.schemas import RouteAsked, RoutePlace
from shared.errors import invalid
from shared.schemas import ref_parts

# The words of the rules for kinds of bodies; footprints of all times are boards.
ROLES = {
    "stp": "board",
    "icb": "board",
    "nhs_trust": "trust",
    "gp_practice": "practice",
    "local_authority": "council",
    "healthwatch": "healthwatch",
    "nhs_region": "region",
}
UNNAMED = ("nhs_region", "local_authority", "healthwatch")
# A district has neither social care nor public health: its county does.
DISTRICT = "E07"
NO_PLACE = "Say where it is: whom to turn to depends on the place."
OLD_WATCH = (
    "{names} was known on {day}. Whether it still is the one here is not known: `external` helps you to find"
    " out."
)
NO_CODE = "This footprint has no code for a lookup. Give the postcode of a place in it."


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The bodies around a place, by the rules' word for them; several where the place does not decide."""

    bodies: Mapping[str, Sequence[BodyNamed]]
    # Whether the board is a legal body, and not a partnership of such bodies.
    is_legal_body: bool
    ask_for: str | None
    detail: str | None
    # By the rules' word: why those who are known may no longer be the ones.
    doubts: Mapping[str, str] = field(default_factory=dict)
    # The same: by what it is known who they are, where that is not the register.
    reasons: Mapping[str, str] = field(default_factory=dict)
    # The word for the body that the request is about, and the partnerships that the place was in.
    named: str | None = None
    partnerships: Sequence[LineageEntry] = ()
    # The ward that the place is in, where it is in one.
    ward: str | None = None


async def find_surroundings(
    session: AsyncSession, given: RouteAsked, view: View, answers: AnswerCache
) -> Surroundings:
    """The bodies around the place of a request; the problems of a lookup where there is no such place."""
    if given.place is None:
        raise invalid("/place", NO_PLACE)
    query = await query_of_place(session, given.place, view)
    found = PlaceFound.model_validate_json(await look_up(session, query, view, answers))
    named = await bodies.find_open_organisation(session, given.organisation, view)
    about = body_named(named) if named else None
    if about is None and (body := found.matched_by.body):
        row = (await body_queries.bodies_on(session, [body.id], view))[body.id]
        about = None if row.is_closed_by(view.as_of) else body
    boards = [found.footprint] if found.footprint else [each.footprint for each in found.candidates]
    around = by_role([*boards, *found.organisations])
    doubts = await add_unnamed(session, around, view)
    around["council"] = [each for each in around.get("council", ()) if is_upper_tier(each)]
    if about and about.kind in ROLES and (about.kind != "local_authority" or is_upper_tier(about)):
        role = ROLES[about.kind]
        around[role] = [about]
        doubts.pop(role, None)
    else:
        role = None
    return Surroundings(
        around,
        is_legal_body=found.footprint is None or found.footprint.is_organisation,
        ask_for=found.ask_for,
        detail=found.detail,
        doubts=doubts,
        named=role,
        partnerships=[each for each in found.lineage if each.kind == "stp"],
        ward=next((each.name for each in found.areas if each.kind == "ward"), None),
    )


async def query_of_place(session: AsyncSession, place: RoutePlace, view: View) -> PlaceQuery:
    """The lookup that finds a place; a footprint is looked up by one of its codes."""
    if place.footprint is None:
        return place_query(place, "/place")
    if len(place.model_dump(exclude_none=True)) > 1:
        raise invalid("/place", "Name the place in one way only: the footprint, or something else.")
    scheme, value = ref_parts(place.footprint)
    if isinstance(value, UUID):
        row = await bodies.find_body_of_field(session, place.footprint, view, "footprint", "/place/footprint")
        scheme, value = ("ods", row.ods) if row.ods else ("ons", row.ons or "")
    if not value:
        raise invalid("/place/footprint", NO_CODE)
    return place_query(PlaceGiven.model_validate({scheme: value}), "/place")


def by_role(bodies_: Sequence[BodyNamed]) -> dict[str, list[BodyNamed]]:
    """Bodies by the rules' word for them, in the same order."""
    found: dict[str, list[BodyNamed]] = {}
    for each in bodies_:
        found.setdefault(ROLES.get(each.kind, each.kind), []).append(each)
    return found


async def add_unnamed(
    session: AsyncSession, around: dict[str, list[BodyNamed]], view: View
) -> dict[str, str]:
    """Add what a lookup does not name: the region, and councils and Healthwatch of a whole footprint.

    Returns by role what is in doubt of those.
    """
    boards = [each.id for each in around.get("board", ())]
    councils = [each.id for each in around.get("council", ())]
    if not councils:
        for board in boards:
            councils += await session.scalars(body_queries.members_on(board, view, "local_authority"))
    ids = await find_bodies_around(session, boards, councils, view.as_of)
    found = (await body_queries.bodies_on(session, ids, view)).values()
    in_order = sorted(found, key=lambda row: (row.kind, row.name))
    around.update(by_role([body_named(row) for row in in_order if row.kind in UNNAMED]))
    watching = [row for row in in_order if row.kind == "healthwatch"]
    if not watching or any(row.is_known_still(view.as_of) for row in watching):
        return {}
    known_on = min((row.said_on for row in watching if row.said_on), default=None)
    day = in_words(known_on) if known_on else "a day that is not known"
    return {"healthwatch": OLD_WATCH.format(names="; ".join(row.name for row in watching), day=day)}


def is_upper_tier(council: BodyNamed) -> bool:
    """Whether a council is responsible for social care and public health."""
    return not (council.codes.ons or "").startswith(DISTRICT)
