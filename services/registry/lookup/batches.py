"""Many places in one request: one statement finds them all, and a wrong one spoils no other."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies import queries as body_queries
from services.registry.ledger.views import BodyOnDay, View
from services.registry.lookup import queries
from services.registry.lookup.domain import candidate_views, doubt_about, find_links, must_be_found
from services.registry.lookup.placing import FoundPlace, Placed, nearest_of, place_on
from services.registry.lookup.reading import PlaceQuery, listed_place_query
from services.registry.lookup.schemas import PlaceResult, PlacesFound
from shared.errors import Problem


async def look_up_many(session: AsyncSession, places: Sequence[object], view: View) -> PlacesFound:
    """The footprints of many places on a day, in their order."""
    results: dict[int, PlaceResult] = {}
    read: dict[int, PlaceQuery] = {}
    for at, item in enumerate(places):
        try:
            read[at] = listed_place_query(item)
        except Problem as problem:
            results[at] = problem_result(at, problem)
    found: dict[int, FoundPlace] = {}
    rows = await queries.find_shares_of_many(session, read, view.as_of)
    for at, query in read.items():
        try:
            found[at] = must_be_found(query.way, rows.get(at, ()))
        except Problem as problem:
            results[at] = problem_result(at, problem)
    placed = await place_all(session, found, view)
    candidates = {body for each in placed.values() if isinstance(each, Placed) for body, _ in each.candidates}
    bodies = await body_queries.bodies_on(session, candidates, view)
    for at, each in placed.items():
        if isinstance(each, Problem):
            results[at] = problem_result(at, each)
        else:
            detail = doubt_about(read[at].way, found[at], each)
            results[at] = place_result(at, each, bodies, detail)
    return PlacesFound(as_of=view.as_of, results=[results[at] for at in range(len(places))])


async def place_all(
    session: AsyncSession, found: Mapping[int, FoundPlace], view: View
) -> dict[int, Placed | Problem]:
    """Where each place was on a day, or why nobody can say; equal places are worked out once."""
    spots = {spot for each in found.values() for spot in (each.spot, *each.others)}
    links = await find_links(session, spots, view)
    placed: dict[object, Placed | Problem] = {}
    for spot in spots:
        try:
            placed[spot] = place_on(spot, view.as_of, links)
        except Problem as problem:
            placed[spot] = problem
    results: dict[int, Placed | Problem] = {}
    for at, each in found.items():
        first, *others = (placed[spot] for spot in (each.spot, *each.others))
        near = [other for other in others if isinstance(other, Placed)]
        results[at] = first if isinstance(first, Problem) else nearest_of([first, *near])
    return results


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
    at: int, placed: Placed, bodies: Mapping[UUID, BodyOnDay], detail: str | None
) -> PlaceResult:
    """The result for a place that was found."""
    candidates = candidate_views(placed, bodies)
    own = bodies[placed.footprint].edition if placed.footprint else None
    return PlaceResult(
        index=at,
        footprint=next((c.footprint for c in candidates if c.footprint.id == placed.footprint), None),
        boundary_vintage=placed.edition or own,
        candidates=candidates,
        detail=detail,
    )
