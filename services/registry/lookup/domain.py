"""Which footprint is a place in, who leads it, and what was there before?"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies import queries as body_queries
from services.registry.bodies.schemas import body_fields, body_named
from services.registry.contacts.domain import told as contact_told
from services.registry.doors.domain import Doors, doors_of
from services.registry.doors.schemas import NotKnown, TryInstead
from services.registry.footprints.domain import href
from services.registry.footprints.schemas import FootprintOut
from services.registry.ledger.views import View
from services.registry.lineage.domain import Entry, entry_view, lineage_of
from services.registry.lineage.queries import Link, links_around
from services.registry.lookup import queries
from services.registry.lookup.asking import Asked
from services.registry.lookup.errors import BodyNotPlaced, CodeUnknown, PlaceTooFar, PostcodeUnknown
from services.registry.lookup.kept import Kept, Told
from services.registry.lookup.placing import Found, Placed, SmallArea, Spot, ended, found_in, nearest, place
from services.registry.lookup.schemas import Area, Candidate, MatchedBy, PlaceFound
from shared.errors import Problem

Rows = Mapping[UUID, Any]
FAR_METRES = 25_000
UNKNOWN: Mapping[str, type[Problem]] = {
    "postcode": PostcodeUnknown, "part": PostcodeUnknown, "code": CodeUnknown, "position": PlaceTooFar,
}  # fmt: skip
WHY = {
    "local_authority": "the council of this place",
    "healthwatch": "speaks for patients and the public here",
    "nhs_region": "the region of NHS England that the footprint is in",
}
NOTE = "The nearest general practice or trust whose position is known stands for this place."
PART_SPLIT = "This part of a postcode lies in more than one footprint: give the full postcode."
WENT_TO_SEVERAL = (
    "What was this footprint went to more than one: give the full postcode of a place in it to know to which."
)
BODY_SPLIT = "This area lies in more than one footprint: give the full postcode of a place in it."
NEAR_OTHERS = "Known positions about as near lie in other footprints: give the full postcode to be sure."
BETWEEN = "Boundaries moved before the next known edition: it was in one of these, most likely in the first."


async def look_up(session: AsyncSession, asked: Asked, day: date, kept: Kept) -> bytes:
    """Return the doors of a place on a day as JSON, from what is kept where nothing changed since."""
    rows = await queries.shares(session, asked.way, asked.values, day)
    found = known(asked.way, rows)
    key = (rows[0].revision, day, asked.way, found.spot, found.others)
    told = kept.get(key)
    if told is None:
        told = kept.keep(key, Told.of((await tell(session, asked, found, day)).model_dump(mode="json")))
    metres = None if found.metres is None else round(found.metres)
    here = [small_area(found.small_area)] if found.small_area else []
    return told.with_place({"method": asked.method, "distance_metres": metres}, here)


def known(way: str, rows: Sequence[Any]) -> Found:
    """Return what is known of a place; what it is not, by the way that it was asked about."""
    if not rows or (rows[0].metres or 0) > FAR_METRES or (not rows[0].edition and rows[0].asked_id is None):
        raise UNKNOWN[way]
    found = found_in(rows)
    if not found.spot.shares and not found.spot.is_footprint:
        raise BodyNotPlaced
    return found


async def links_of(session: AsyncSession, spots: Collection[Spot], day: date) -> list[Link]:
    """Return what followed the footprints of places that had ended by a day; mostly there are none."""
    over = {body for spot in spots for body in ended(spot, day)}
    return await links_around(session, sorted(over), View(day)) if over else []


async def tell(session: AsyncSession, asked: Asked, found: Found, day: date) -> PlaceFound:
    """Return what is told of a place, but for its small area and how it was found."""
    spots = (found.spot, *found.others)
    links = await links_of(session, spots, day)
    placed = nearest([place(spot, day, links) for spot in spots])
    around, rows = await bodies_around(session, found.spot, placed, day)
    others = sorted((rows[each] for each in around), key=lambda row: (row.kind, row.name))
    instead = [instead_of(row) for row in others if row.kind in WHY]
    lineage, doors = await history(session, found.spot, placed, day, instead)
    footprint = FootprintOut(**body_fields(rows[placed.footprint])) if placed.footprint else None
    detail = doubt(asked.way, found, placed)
    return PlaceFound(
        as_of=day,
        matched_by=matched_by(asked, rows.get(found.spot.body) if found.spot.body else None),
        boundary_edition=placed.edition or (footprint.edition if footprint else ""),
        certain=placed.is_certain,
        footprint=footprint,
        candidates=candidates(placed, rows),
        ask_for="postcode" if detail and detail != BETWEEN else None,
        detail=detail,
        lineage=[entry_view(each) for each in lineage],
        leaders=doors.leaders,
        contacts=[contact_told(each, day) for each in doors.contacts],
        areas=areas_of(found.spot, rows),
        organisations=[body_named(row) for row in others if row.kind != "nhs_region"],
        not_known=[*doors.not_known, *gaps(placed, others, instead)],
    )


async def bodies_around(
    session: AsyncSession, spot: Spot, placed: Placed, day: date
) -> tuple[Sequence[UUID], Rows]:
    """Return who is around a place, and all bodies that an answer about it names, as they were on a day."""
    councils = [each.body_id for each in spot.shares if each.kind == "local_authority"]
    around = await queries.bodies_around(session, placed.footprint, councils, day)
    wanted = {*around, *(each.body_id for each in spot.shares), *(body for body, _ in placed.candidates)}
    return around, await body_queries.bodies_on(
        session, wanted | ({spot.body} if spot.body else set()), View(day)
    )


async def history(
    session: AsyncSession, spot: Spot, placed: Placed, day: date, instead: Sequence[TryInstead]
) -> tuple[list[Entry], Doors]:
    """Return the lineage and the doors of the footprint of a place; none where it lies in several."""
    if placed.footprint is None:
        return [], Doors([], [], [])
    origins = [each.body_id for each in spot.shares if each.edition == "STP2016"]
    lineage = await lineage_of(session, placed.footprint, View(day), origins)
    return lineage, await doors_of(session, placed.footprint, lineage, View(day), instead)


def doubt(way: str, found: Found, placed: Placed) -> str | None:
    """Return why it is not certain in which footprint a place is; None when it is."""
    if placed.is_certain:
        return None
    if placed.footprint is not None:
        return NEAR_OTHERS if found.others else BETWEEN
    if found.spot.is_footprint:
        return WENT_TO_SEVERAL
    return BODY_SPLIT if way == "code" else PART_SPLIT


def matched_by(asked: Asked, row: Any | None) -> MatchedBy:
    """Return how a place was found."""
    body = body_named(row) if row else None
    return MatchedBy(method=asked.method, body=body, note=NOTE if asked.way == "position" else None)


def candidates(placed: Placed, rows: Rows) -> list[Candidate]:
    """Return the footprints that a place may be in."""
    return [Candidate(footprint=body_named(rows[body]), share=share) for body, share in placed.candidates]


def small_area(area: SmallArea) -> dict[str, Any]:
    """Return a small area as areas are told."""
    return {
        "kind": "small_area", "edition": "LSOA2021", "id": None, "code": area.code, "name": area.name,
        "share": 1.0, "deprivation_decile": area.deprivation_decile,
    }  # fmt: skip


def areas_of(spot: Spot, rows: Rows) -> list[Area]:
    """Return the bodies whose areas a place is in or has in it."""
    found = []
    for each in spot.shares:
        if each.kind in ("sub_icb_location", "local_authority", "ccg"):
            row = rows[each.body_id]
            code = row.ods if each.kind == "ccg" else row.ons
            found.append(
                Area(
                    kind=each.kind, edition=each.edition, id=row.id, code=code, name=row.name,
                    share=each.share,
                )
            )  # fmt: skip
    return found


def instead_of(row: Any) -> TryInstead:
    """Return somebody whom to ask where a door is not known."""
    return TryInstead(id=row.id, name=row.name, why=WHY[row.kind], href=href(row.id, row.kind))


def gaps(placed: Placed, others: Sequence[Any], instead: Sequence[TryInstead]) -> list[NotKnown]:
    """Return what else is not known: Healthwatch, or which of several footprints it was."""
    found = []
    councils = [each for each in instead if each.why == WHY["local_authority"]]
    if not any(row.kind == "healthwatch" for row in others):
        found.append(NotKnown(what="healthwatch", last_known=None, last_known_on=None, try_instead=councils))
    if not placed.is_certain:
        found.append(NotKnown(what="footprint", last_known=None, last_known_on=None, try_instead=[]))
    return found
