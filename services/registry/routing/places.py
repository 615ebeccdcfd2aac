"""Who is there at a place: its board, trusts, councils and so on, as lookups find them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies import domain as bodies
from services.registry.bodies import queries as body_queries
from services.registry.bodies.schemas import BodyNamed, named
from services.registry.footprints.domain import is_closed_by
from services.registry.lookup.asking import Asked, asked
from services.registry.lookup.domain import look_up
from services.registry.lookup.kept import Kept
from services.registry.lookup.schemas import PlaceFound, PlaceGiven
from services.registry.models import Body
from services.registry.routing import queries
from services.registry.routing.schemas import RouteAsked, RoutePlace
from shared.errors import NotFound, invalid
from shared.schemas import ref_parts

ROLES = {
    "nhs_trust": "trust", "gp_practice": "practice", "local_authority": "council",
    "healthwatch": "healthwatch", "nhs_region": "region", "icb": "board",
}  # fmt: skip
# Districts have neither social care nor public health: their county has.
DISTRICT = "E07"
NO_PLACE = "Say where: whom to turn to depends on the place."
NO_FOOTPRINT = "No footprint has this id or code: look it up at /v1/footprints."
NO_CODE = "This footprint has no code to look it up by: give the postcode of a place in it."
CLOSED = "It closed on {day}: name who has taken over from it, or leave it out."
NO_ORGANISATION = "No organisation has this id or code: look it up at /v1/organisations, or leave it out."


@dataclass(frozen=True, slots=True)
class Here:
    """Who is there, by the word for them in the rules; several where the place does not decide."""

    found: Mapping[str, Sequence[BodyNamed]]
    # Whether the board is a body in law, and not a partnership of such bodies.
    is_body: bool
    ask_for: str | None
    detail: str | None


async def find(session: AsyncSession, given: RouteAsked, day: date, kept: Kept) -> Here:
    """Return who is there; the problems of a lookup where there is no such place."""
    if given.place is None:
        raise invalid("/place", NO_PLACE)
    asked_about = await asked_for(session, given.place, day)
    told = PlaceFound.model_validate_json(await look_up(session, asked_about, day, kept))
    about = await body_named(session, given.organisation, day)
    if about is None and told.matched_by.body:
        about = await open_then(session, told.matched_by.body, day)
    boards = [told.footprint] if told.footprint else [each.footprint for each in told.candidates]
    found = by_role([*boards, *told.organisations])
    await fill(session, found, about, day)
    is_body = told.footprint is None or told.footprint.is_organisation
    return Here(found, is_body, told.ask_for, told.detail)


async def asked_for(session: AsyncSession, place: RoutePlace, day: date) -> Asked:
    """Return the place as a lookup asks about it."""
    if place.footprint is None:
        return asked(place, "/place")
    if len(place.model_dump(exclude_none=True)) > 1:
        raise invalid("/place", "Name the place in one way only: the footprint, or something else.")
    scheme, value = ref_parts(place.footprint)
    if isinstance(value, UUID):
        try:
            row = await bodies.find(session, place.footprint, day, Body.is_footprint)
        except NotFound as error:
            raise invalid("/place/footprint", NO_FOOTPRINT) from error
        scheme, value = ("ods", row.ods) if row.ods else ("ons", row.ons or "")
    if not value:
        raise invalid("/place/footprint", NO_CODE)
    return asked(PlaceGiven.model_validate({scheme: value}), "/place")


async def body_named(session: AsyncSession, ref: str | None, day: date) -> BodyNamed | None:
    """Return the body that a matter is about; Invalid when there is none, or none any more."""
    if ref is None:
        return None
    try:
        row = await bodies.find(session, ref, day, Body.is_organisation)
    except NotFound as error:
        raise invalid("/organisation", NO_ORGANISATION) from error
    if is_closed_by(row, day):
        raise invalid("/organisation", CLOSED.format(day=row.valid_to))
    return BodyNamed(**named(row))


async def open_then(session: AsyncSession, body: BodyNamed, day: date) -> BodyNamed | None:
    """Return a body unless it had closed by a day: nobody is to be sent there."""
    row = (await body_queries.bodies(session, [body.id], day))[body.id]
    return None if is_closed_by(row, day) else body


def by_role(given: Sequence[BodyNamed]) -> dict[str, list[BodyNamed]]:
    """Return bodies by the word for them in the rules; footprints of all times are boards."""
    found: dict[str, list[BodyNamed]] = {}
    for each in given:
        found.setdefault("board" if each.kind == "stp" else ROLES.get(each.kind, each.kind), []).append(each)
    return found


async def fill(
    session: AsyncSession, found: dict[str, list[BodyNamed]], about: BodyNamed | None, day: date
) -> None:
    """Add who a lookup does not name: the region, councils and Healthwatch of a whole footprint."""
    boards = [each.id for each in found.get("board", ())]
    wanted = await queries.regions_of(session, boards, day)
    if "council" not in found:
        wanted = [*wanted, *await queries.councils_of(session, boards, day)]
    rows = await body_queries.bodies(session, wanted, day)
    found.update(by_role([BodyNamed(**named(row)) for row in in_order(rows)]))
    found["council"] = [each for each in found.get("council", ()) if is_upper(each)]
    if about and about.kind in ROLES and (about.kind != "local_authority" or is_upper(about)):
        found[ROLES[about.kind]] = [about]


def in_order(rows: Mapping[UUID, Any]) -> list[Any]:
    """Return bodies by kind and name."""
    return sorted(rows.values(), key=lambda row: (row.kind, row.name))


def is_upper(council: BodyNamed) -> bool:
    """Tell whether a council has social care and public health."""
    return not (council.codes.ons or "").startswith(DISTRICT)
