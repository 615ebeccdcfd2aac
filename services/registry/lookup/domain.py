"""Which footprint is a place in, who leads it, and what was there before?"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.appointments.schemas import AppointmentOut
from services.registry.bodies import queries as body_queries
from services.registry.bodies.schemas import BodyNamed, named
from services.registry.contacts.domain import told as contact_told
from services.registry.doors.domain import doors_of
from services.registry.doors.schemas import NotKnown, TryInstead
from services.registry.footprints.domain import href
from services.registry.footprints.schemas import FootprintOut
from services.registry.lineage.domain import lineage_of, spread
from services.registry.lineage.domain import told as entry_told
from services.registry.lineage.queries import links_around
from services.registry.lookup import queries
from services.registry.lookup.errors import NoFootprintThen, PostcodeIncomplete, PostcodeUnknown
from services.registry.lookup.schemas import Area, PlaceFound
from shared.errors import FieldError, invalid

OUTWARD = r"[A-Z]{1,2}[0-9][A-Z0-9]?"
FULL = re.compile(rf"({OUTWARD}) ?([0-9][A-Z]{{2}})")
PART = re.compile(rf"{OUTWARD}( [0-9])?")
WHY = {
    "local_authority": "the council of this place",
    "healthwatch": "speaks for patients and the public here",
    "nhs_region": "the region of NHS England that the footprint is in",
}


@dataclass(frozen=True, slots=True)
class Placed:
    """The footprint of a place on a day, by which edition, and whether another one is as likely."""

    footprint: UUID
    vintage: str
    certain: bool = True


async def look_up(session: AsyncSession, postcode: str, day: date, pointer: str) -> PlaceFound:
    """Return the doors of a place on a day."""
    shares = await shares_of(session, postcode, pointer)
    placed = await place(session, shares, day, pointer)
    origins = [row.body_id for row in shares if row.vintage == "STP2016"]
    lineage = await lineage_of(session, placed.footprint, day, origins)
    councils = [row.body_id for row in shares if row.kind == "local_authority"]
    around = await queries.bodies_around(session, placed.footprint, councils, day)
    wanted = {placed.footprint, *around, *(row.body_id for row in shares)}
    rows = await body_queries.bodies(session, wanted, day)
    others = sorted((rows[each] for each in around), key=lambda row: (row.kind, row.name))
    instead = [instead_of(row) for row in others if row.kind in WHY]
    doors = await doors_of(session, placed.footprint, lineage, day, instead)
    return PlaceFound(
        as_of=day,
        boundary_vintage=placed.vintage,
        footprint=FootprintOut(**named(rows[placed.footprint])),
        lineage=[entry_told(each) for each in lineage],
        leaders=[AppointmentOut.model_validate(each) for each in doors.leaders],
        contacts=[contact_told(each, day) for each in doors.contacts],
        areas=areas_of(shares, rows),
        organisations=[BodyNamed(**named(row)) for row in others if row.kind != "nhs_region"],
        not_known=[*doors.not_known, *gaps(placed, others, instead)],
    )


async def shares_of(session: AsyncSession, postcode: str, pointer: str) -> Sequence[Any]:
    """Return the bodies that a place lies in; Invalid when it is no postcode, PostcodeUnknown when none."""
    text = " ".join(postcode.upper().split())
    if full := FULL.fullmatch(text):
        found = await queries.shares_of_postcode(session, "".join(full.groups()))
    elif PART.fullmatch(text):
        found = await queries.shares_of_part(session, text)
    else:
        raise invalid(pointer, "This is not a postcode: write one such as NE1 4LP.")
    if not found:
        raise PostcodeUnknown
    return found


async def place(session: AsyncSession, shares: Sequence[Any], day: date, pointer: str) -> Placed:
    """Return the footprint of a place on a day, by the latest edition that knows it by then."""
    editions = sorted((row for row in shares if row.valid_from), key=lambda row: row.valid_from)
    by_then = [row.vintage for row in editions if row.valid_from <= day]
    if not by_then:
        raise NoFootprintThen
    found = [row for row in editions if row.vintage == by_then[-1]]
    if len(found) > 1:
        detail = PostcodeIncomplete.sentence()
        raise PostcodeIncomplete(errors=[FieldError(pointer=pointer, detail=detail)])
    if found[0].valid_to is None or found[0].valid_to >= day:
        return Placed(found[0].body_id, found[0].vintage)
    later = [row for row in editions if row.valid_from > day]
    return await place_between(session, found[0], later[0] if later else None, day)


async def place_between(session: AsyncSession, before: Any, after: Any | None, day: date) -> Placed:
    """Return the footprint on a day between two editions: one that lies on the way from one to the other."""
    links = await links_around(session, [before.body_id])
    reached = spread(links, before.body_id, before.valid_from, day)
    likely = sorted(reached, key=lambda each: (-reached[each], each))
    if after is not None:
        on_the_way = [each for each in likely if after.body_id in spread(links, each, day, after.valid_from)]
        if after.body_id in on_the_way:
            return Placed(after.body_id, after.vintage)
        likely = on_the_way or likely
    return Placed(likely[0], before.vintage, certain=len(likely) == 1)


def areas_of(shares: Sequence[Any], rows: dict[UUID, Any]) -> list[Area]:
    """Return the areas around a place, the smallest first."""
    first = shares[0]
    found = []
    if first.area_name:
        found.append(
            Area(
                kind="small_area", vintage="LSOA2021", id=None, code=first.area, name=first.area_name,
                share=1, deprivation_decile=first.deprivation_decile,
            )
        )  # fmt: skip
    for each in shares:
        if each.kind in ("sub_icb_location", "local_authority", "ccg"):
            row = rows[each.body_id]
            code = row.ods if each.kind == "ccg" else row.ons
            found.append(
                Area(
                    kind=each.kind, vintage=each.vintage, id=row.id, code=code, name=row.name,
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
    if not any(row.kind == "healthwatch" for row in others):
        councils = [each for each in instead if each.why == WHY["local_authority"]]
        found.append(NotKnown(what="healthwatch", last_known=None, last_known_on=None, try_instead=councils))
    if not placed.certain:
        found.append(NotKnown(what="footprint", last_known=None, last_known_on=None, try_instead=[]))
    return found
