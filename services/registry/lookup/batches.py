"""Many places in one request: one statement finds them all, and a wrong one spoils no other."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies import queries as body_queries
from services.registry.ledger.views import BodyOnDay, View
from services.registry.lookup import queries
from services.registry.lookup.domain import (
    candidate_views,
    doubt_about,
    find_links,
    must_be_found,
    note_about,
    note_of_place,
)
from services.registry.lookup.outside import explain_unknown
from services.registry.lookup.placing import Placed, PostcodeUnknown, Spot, nearest_of, place_on
from services.registry.lookup.reading import PlaceQuery, listed_place_query
from services.registry.lookup.schemas import PlaceResult, PlacesFound
from shared.errors import Problem


async def look_up_many(session: AsyncSession, places: Sequence[object], view: View) -> PlacesFound:
    """The footprints of many places on a day, in their order."""
    wrong: dict[int, Problem] = {}
    read: dict[int, PlaceQuery] = {}
    for at, item in enumerate(places):
        try:
            read[at] = listed_place_query(item)
        except Problem as problem:
            wrong[at] = problem
    found: dict[int, tuple[Spot, ...]] = {}
    rows = await queries.find_shares_of_many(session, read, view.as_of)
    for at, query in read.items():
        try:
            found[at] = must_be_found(query.way, rows.get(at, ()))
        except Problem as problem:
            wrong[at] = problem
    unknown = [at for at, problem in wrong.items() if isinstance(problem, PostcodeUnknown)]
    if unknown:
        reasons = await explain_unknown(session, [read[at] for at in unknown])
        wrong |= dict(zip(unknown, reasons, strict=True))
    located = await place_spots(session, {spot for spots in found.values() for spot in spots}, view)
    placed: dict[int, tuple[Placed, str | None]] = {}
    for at, spots in found.items():
        if isinstance(first := located[spots[0]], Problem):
            wrong[at] = first
            continue
        near = [other for spot in spots[1:] if isinstance(other := located[spot], Placed)]
        nearest = nearest_of([first, *near])
        placed[at] = nearest, doubt_about(read[at].way, spots, nearest)
    named = {body for each, _ in placed.values() for body in (*dict(each.candidates), each.premises) if body}
    asked = {spot.body for spots in found.values() for spot in spots if spot.body}
    bodies = await body_queries.bodies_on(session, named | asked, view)
    results = [problem_result(at, wrong[at]) for at in wrong]
    for at, (nearest, doubt) in placed.items():
        row, spot = rows[at][0], found[at][0]
        note = note_of_place(row, spot) or note_about(read[at].way, spot, nearest, bodies, view.as_of)
        results.append(place_result(at, nearest, doubt, note, bodies, is_live=row.is_live))
    results.sort(key=lambda each: each.index)
    return PlacesFound(as_of=view.as_of, results=results)


async def place_spots(
    session: AsyncSession, spots: Collection[Spot], view: View
) -> dict[Spot, Placed | Problem]:
    """Where each spot was on a day, or why nobody can say; equal places are worked out once."""
    links = await find_links(session, spots, view)
    placed: dict[Spot, Placed | Problem] = {}
    for spot in spots:
        try:
            placed[spot] = place_on(spot, view.as_of, links)
        except Problem as problem:
            placed[spot] = problem
    return placed


def problem_result(at: int, problem: Problem) -> PlaceResult:
    """The result for a place that could not be found."""
    return PlaceResult(
        index=at,
        footprint=None,
        boundary_vintage=None,
        candidates=[],
        code=problem.code,
        detail=problem.detail,
    )


def place_result(
    at: int,
    placed: Placed,
    doubt: str | None,
    note: str | None,
    bodies: Mapping[UUID, BodyOnDay],
    *,
    is_live: bool | None,
) -> PlaceResult:
    """The result for a place that was found."""
    candidates = candidate_views(placed, bodies)
    own = bodies[placed.footprint].edition if placed.footprint else None
    return PlaceResult(
        index=at,
        footprint=next((c.footprint for c in candidates if c.footprint.id == placed.footprint), None),
        boundary_vintage=placed.edition or own,
        candidates=candidates,
        detail=doubt,
        is_live=is_live,
        note=note,
    )
