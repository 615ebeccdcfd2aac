"""Which footprint is a place in, who leads it, and what was there before?"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies import queries as body_queries
from services.registry.bodies.schemas import body_named, href
from services.registry.contacts.domain import contact_view
from services.registry.footprints.schemas import FootprintOut
from services.registry.known.domain import LeadersAndContacts, in_words, leaders_and_contacts
from services.registry.known.schemas import NotKnown, TryInstead
from services.registry.ledger.views import BodyOnDay, View
from services.registry.lineage.domain import lineage_of
from services.registry.lineage.queries import Link, links_around
from services.registry.lineage.schemas import LineageEntry
from services.registry.lookup import placing, queries
from services.registry.lookup.answers import AnswerCache, Json, KeptAnswer
from services.registry.lookup.census_areas import census_areas
from services.registry.lookup.outside import explain_unknown
from services.registry.lookup.placing import Placed, Share, ShareRow, Spot
from services.registry.lookup.reading import PlaceQuery
from services.registry.lookup.schemas import Area, Candidate, MatchedBy, PlaceFound
from shared.errors import Problem

TOO_FAR_METRES = 25_000
HEALTHWATCH = "healthwatch"
UNKNOWN: Mapping[str, type[Problem]] = {
    "postcode": placing.PostcodeUnknown,
    "part": placing.PostcodeUnknown,
    "code": placing.CodeUnknown,
    "position": placing.PlaceTooFar,
}
WHY = {
    "local_authority": "the council of this place",
    "healthwatch": "speaks for patients and the public here",
    "nhs_region": "the region of NHS England that the footprint is in",
}
NOTE = "The nearest general practice or trust whose position we know stands for this place."
FAR_NOTE = (
    "The nearest general practice or trust whose position we know is {km} km away, and stands for this place"
    " only roughly: it may be outside England."
)
CLOSED = "This body closed on {day}."
CLOSED_BY = "This body had closed by {day}."
STAND_IN = (
    "We do not know where this body is. The area of the body that it belongs to, or belonged to last, stands"
    " for it."
)
PREMISES = "The register names this board. The premises lie in the area of {board}."
NOT_LIVE = (
    "This postcode is not in our list of live ones. It has ended, or belongs to a large organisation or a"
    " box. The list does not say which, or since when."
)
PART_SPLIT = "This part of a postcode is in more than one footprint. Give the full postcode."
PART_OUTSIDE = "Some of this part of a postcode is in another country: {country}. Give the full postcode."
BODY_SPLIT = "This area is in more than one footprint. Give the full postcode of a place in it."
FOOTPRINT_SPLIT = "This footprint went to more than one. Give the full postcode of a place in it."
NEAR_OTHERS = "Other known positions about as near are in other footprints. Give the full postcode."
FAR = "The nearest known position is far from this place, which may be outside England. Give the postcode."
OLD_WATCH = "The page that names it is of {day}: whether it is still so is not known."
BETWEEN = "Boundaries moved before the next known edition. The place was in one of these, probably the first."


async def look_up(session: AsyncSession, query: PlaceQuery, view: View, answers: AnswerCache) -> bytes:
    """The answer about a place on a day as JSON, from the cache where nothing has changed since."""
    rows = await queries.find_shares(session, query, view.as_of)
    try:
        spots = must_be_found(query.way, rows)
    except placing.PostcodeUnknown:
        raise (await explain_unknown(session, [query]))[0] from None
    key = (rows[0].revision, view.as_of, query.way, spots)
    answer = answers.get(key)
    if answer is None:
        whole = await place_view(session, query, spots, view)
        answer = answers.keep(key, KeptAnswer.of(**whole.model_dump(mode="json")))
    metres = None if rows[0].metres is None else round(rows[0].metres)
    found: Json = {"method": query.method, "distance_metres": metres, "is_live": rows[0].is_live}
    if note := note_of_place(rows[0], spots[0]):
        found["note"] = note
    return answer.with_place(found, [] if spots[0].is_far else census_areas(rows[0]))


def must_be_found(way: str, rows: Sequence[ShareRow]) -> tuple[Spot, ...]:
    """A place and others about as near; otherwise the problem that fits how the request named the place."""
    if (
        not rows
        or (rows[0].metres or 0) > TOO_FAR_METRES
        or (not rows[0].edition and rows[0].asked_id is None)
    ):
        raise UNKNOWN[way]
    spots = placing.spots_of(rows)
    if not spots[0].is_known:
        raise placing.BodyNotPlaced
    return spots


async def find_links(session: AsyncSession, spots: Collection[Spot], view: View) -> list[Link]:
    """What followed the footprints of places that had ended by a day; usually nothing."""
    ended = {body for spot in spots for body in spot.ended_bodies(view.as_of)}
    return await links_around(session, sorted(ended), view) if ended else []


async def place_view(
    session: AsyncSession, query: PlaceQuery, spots: Sequence[Spot], view: View
) -> PlaceFound:
    """The answer about a place, without its small area and how it was found."""
    spot, links = spots[0], await find_links(session, spots, view)
    placed = placing.nearest_of([placing.place_on(each, view.as_of, links) for each in spots])
    around, bodies = await find_bodies(session, spot, placed, view)
    asked = bodies.get(spot.body) if spot.body else None
    instead = [
        TryInstead(id=each.id, name=each.name, why=WHY[each.kind], href=href(each.id, each.kind))
        for each in around
        if each.kind in WHY and (each.kind != HEALTHWATCH or each.is_known_still(view.as_of))
    ]
    footprint = FootprintOut.model_validate(bodies[placed.footprint]) if placed.footprint else None
    lineage, known = list[LineageEntry](), LeadersAndContacts([], [], [])
    if placed.footprint:
        origins = [each.body_id for each in spot.shares if each.edition == "STP2016"]
        lineage = await lineage_of(session, placed.footprint, view, origins)
        known = await leaders_and_contacts(session, placed.footprint, lineage, view, instead)
    detail = doubt_about(query.way, spots, placed)
    return PlaceFound(
        as_of=view.as_of,
        matched_by=MatchedBy(
            method=query.method,
            body=body_named(asked) if asked else None,
            note=note_about(query.way, spot, placed, bodies, view.as_of),
        ),
        boundary_vintage=placed.edition or (footprint.edition if footprint else ""),
        certain=placed.is_certain and not spot.outside and not spot.is_far,
        footprint=footprint,
        candidates=candidate_views(placed, bodies),
        ask_for="postcode" if detail and detail != BETWEEN else None,
        detail=detail,
        lineage=lineage,
        leaders=known.leaders,
        contacts=[contact_view(each, view.as_of) for each in known.contacts],
        areas=area_views(spot.areas(view.as_of), bodies, view.as_of),
        organisations=[body_named(each) for each in around if each.kind != "nhs_region"],
        not_known=[*known.not_known, *gaps_of(placed, around, instead, view.as_of)],
    )


async def find_bodies(
    session: AsyncSession, spot: Spot, placed: Placed, view: View
) -> tuple[list[BodyOnDay], Mapping[UUID, BodyOnDay]]:
    """The bodies around a place, by kind and name, and all bodies that an answer about it names."""
    areas = spot.areas(view.as_of)
    councils = [each.body_id for each in areas if each.kind == "local_authority"]
    footprints = [placed.footprint] if placed.footprint else []
    around = await queries.find_bodies_around(session, footprints, councils, view.as_of)
    named = {each.body_id for each in areas} | {body for body, _ in placed.candidates}
    more = filter(None, [spot.body, placed.premises])
    bodies = await body_queries.bodies_on(session, {*around, *named, *more}, view)
    in_order = sorted((bodies[each] for each in around), key=lambda body: (body.kind, body.name))
    return in_order, bodies


def doubt_about(way: str, spots: Sequence[Spot], placed: Placed) -> str | None:
    """Why it is not certain in which footprint a place is; None when it is certain."""
    if spots[0].outside:
        return PART_OUTSIDE.format(country=spots[0].outside)
    if spots[0].is_far:
        return FAR
    if placed.is_certain:
        return None
    if placed.footprint is not None:
        return NEAR_OTHERS if len(spots) > 1 else BETWEEN
    if spots[0].is_footprint:
        return FOOTPRINT_SPLIT
    return BODY_SPLIT if way == "code" else PART_SPLIT


def note_of_place(row: ShareRow, spot: Spot) -> str | None:
    """What to know of a place that no other place shares: that its postcode is not live, or how far it is."""
    if spot.is_far:
        return FAR_NOTE.format(km=round(row.metres / 1_000))
    return NOT_LIVE if row.is_live is False else None


def note_about(
    way: str, spot: Spot, placed: Placed, bodies: Mapping[UUID, BodyOnDay], day: date
) -> str | None:
    """What to know of how a place was found: what stands for it, that a body closed, where premises are."""
    notes = [NOTE] if way == "position" else []
    asked = bodies.get(spot.body) if spot.body else None
    if asked and asked.valid_to and asked.is_closed_by(day):
        words = CLOSED_BY if asked.closed_not_later_than else CLOSED
        notes.append(words.format(day=in_words(asked.valid_to)))
    if spot.is_stand_in:
        notes.append(STAND_IN)
    if placed.premises:
        notes.append(PREMISES.format(board=bodies[placed.premises].name))
    return " ".join(notes) or None


def candidate_views(placed: Placed, bodies: Mapping[UUID, BodyOnDay]) -> list[Candidate]:
    """The footprints that a place may be in."""
    return [Candidate(footprint=body_named(bodies[body]), share=share) for body, share in placed.candidates]


def area_views(shares: Sequence[Share], bodies: Mapping[UUID, BodyOnDay], day: date) -> list[Area]:
    """The bodies whose areas a place is in, or has in it; of councils, those that were open on a day."""
    return [
        Area(
            kind=each.kind,
            edition=each.edition,
            id=each.body_id,
            code=bodies[each.body_id].ods if each.kind == "ccg" else bodies[each.body_id].ons,
            name=bodies[each.body_id].name,
            share=each.share,
        )
        for each in shares
        if each.kind != "local_authority" or bodies[each.body_id].is_open_on(day)
    ]


def gaps_of(
    placed: Placed, around: Sequence[BodyOnDay], instead: Sequence[TryInstead], day: date
) -> list[NotKnown]:
    """What else is not known: Healthwatch, or which of several footprints it was."""
    gaps = []
    councils = [each for each in instead if each.why == WHY["local_authority"]]
    watching = [each for each in around if each.kind == HEALTHWATCH]
    if not any(each.is_known_still(day) for each in watching):
        gaps.append(no_healthwatch(watching, councils))
    if not placed.is_certain:
        gaps.append(NotKnown(what="footprint", last_known=None, last_known_on=None, try_instead=[]))
    return gaps


def no_healthwatch(watching: Sequence[BodyOnDay], councils: Sequence[TryInstead]) -> NotKnown:
    """That no Healthwatch is known for certain, with those that were known last."""
    known_on = min((each.said_on for each in watching if each.said_on), default=None)
    return NotKnown(
        what="healthwatch",
        why=OLD_WATCH.format(day=in_words(known_on)) if known_on else None,
        last_known="; ".join(each.name for each in watching) or None,
        last_known_on=known_on,
        try_instead=list(councils),
    )
