"""Many places at once: one statement finds them all, and what is wrong with one spoils no other."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies import queries as body_queries
from services.registry.ledger.views import View
from services.registry.lineage.queries import Link
from services.registry.lookup import queries
from services.registry.lookup.asking import Asked, asked_in_list
from services.registry.lookup.domain import Rows, candidates, doubt, known, links_of
from services.registry.lookup.placing import Found, Placed, Spot, nearest, place
from services.registry.lookup.schemas import PlaceResult, PlacesFound
from shared.errors import Problem


async def look_up_many(session: AsyncSession, places: Sequence[Any], day: date) -> PlacesFound:
    """Return the footprints of many places on a day, in their order."""
    read = [asked_or_problem(item) for item in places]
    wanted = [(at, each.way, each.values) for at, each in enumerate(read) if isinstance(each, Asked)]
    grouped: dict[int, list[Any]] = {}
    for row in await queries.shares_of_many(session, wanted, day):
        grouped.setdefault(row.at, []).append(row)
    found = [found_or_problem(each, grouped.get(at, ())) for at, each in enumerate(read)]
    placed = await place_all(session, found, day)
    bodies = {body for each in placed if isinstance(each, Placed) for body, _ in each.candidates}
    rows = await body_queries.bodies_on(session, bodies, View(day))
    together = zip(read, found, placed, strict=True)
    return PlacesFound(as_of=day, results=[result(at, *each, rows) for at, each in enumerate(together)])


def asked_or_problem(item: Any) -> Asked | Problem:
    """Return what one item asks about, or what is wrong with it."""
    try:
        return asked_in_list(item)
    except Problem as problem:
        return problem


def found_or_problem(asked: Asked | Problem, rows: Sequence[Any]) -> Found | Problem:
    """Return what is known of one place, or why it is not."""
    if isinstance(asked, Problem):
        return asked
    try:
        return known(asked.way, rows)
    except Problem as problem:
        return problem


async def place_all(
    session: AsyncSession, found: Sequence[Found | Problem], day: date
) -> list[Placed | Problem]:
    """Return where each place was on a day; those with the same shares are reckoned once."""
    spots = {spot for each in found if isinstance(each, Found) for spot in (each.spot, *each.others)}
    links = await links_of(session, spots, day)
    placed = {spot: placed_or_problem(spot, day, links) for spot in spots}
    return [each if isinstance(each, Problem) else nearest_of(each, placed) for each in found]


def placed_or_problem(spot: Spot, day: date, links: Sequence[Link]) -> Placed | Problem:
    """Return where a place was on a day, or why there is no saying."""
    try:
        return place(spot, day, links)
    except Problem as problem:
        return problem


def nearest_of(found: Found, placed: Mapping[Spot, Placed | Problem]) -> Placed | Problem:
    """Return where a place was: what is known of its spot, and of others that are as near."""
    first = placed[found.spot]
    if isinstance(first, Problem):
        return first
    return nearest([first, *(each for spot in found.others if isinstance(each := placed[spot], Placed))])


def result(
    at: int, asked: Asked | Problem, found: Found | Problem, placed: Placed | Problem, rows: Rows
) -> PlaceResult:
    """Return what is told of one place."""
    if isinstance(asked, Problem) or isinstance(found, Problem) or isinstance(placed, Problem):
        problem = next(each for each in (asked, found, placed) if isinstance(each, Problem))
        return PlaceResult(
            index=at, footprint=None, boundary_edition=None, candidates=[], code=problem.code,
            detail=problem.detail,
        )  # fmt: skip
    told = candidates(placed, rows)
    return PlaceResult(
        index=at,
        footprint=next((each.footprint for each in told if each.footprint.id == placed.footprint), None),
        boundary_edition=placed.edition or (rows[placed.footprint].edition if placed.footprint else None),
        candidates=told,
        detail=doubt(asked.way, found, placed),
    )
