"""From a place to the bodies that it lies in: one statement each, and never through a whole table."""

import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.areas import KnownPosition
from services.registry.ledger.publishing import REVISION
from services.registry.lookup.placing import ShareRow
from services.registry.lookup.queries import (
    POSITIONS_KEPT,
    SHARES,
    SHARES_OF_MANY,
    find_bodies_around,
    find_shares,
    find_shares_of_many,
)
from services.registry.lookup.reading import PlaceQuery
from services.registry.models import Body
from services.registry.settings import Settings
from tests.fixtures.databases import SessionFor
from tests.registry.lookup.plans import plan_of, read_whole

DAY = date(2026, 11, 23)
NO_SCHEME = {"kind": None, "edition": None}
GIVEN: Mapping[str, Mapping[str, Any]] = {
    "postcode": {"postcode": "NE14LP"},
    "part": {"part": "GU15"},
    "code": {"scheme": "ons", "code": "E08000021", **NO_SCHEME},
    "position": {"latitude": 54.9703, "longitude": -1.6131},
}


def query(way: str, values: Mapping[str, Any]) -> PlaceQuery:
    """Return a place, whatever its method."""
    return PlaceQuery(way, "postcode", values)


async def shares(session: AsyncSession, way: str, values: Mapping[str, Any], day: date) -> Sequence[ShareRow]:
    """Return the bodies that a place lies in."""
    return await find_shares(session, query(way, values), day)


async def test_a_postcode_lies_in_one_body_of_each_edition(
    imported: Settings, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    found = await shares(session, "postcode", GIVEN["postcode"], DAY)
    assert {row.edition for row in found} == {
        "STP2016",
        "CCG2016",
        "ICB2023",
        "ICB2026",
        "SICBL2023",
        "LAD2024",
    }
    assert len(found) == 6
    assert {row.share for row in found} == {1.0}
    assert {row.area_name for row in found} == {"Newcastle upon Tyne 036A"}
    assert {row.revision for row in found} == {await session.scalar(select(REVISION))}
    assert await shares(session, "postcode", {"postcode": "ZZ999ZZ"}, DAY) == []


async def test_a_part_of_a_postcode_may_lie_in_several(imported: Settings, session_for: SessionFor) -> None:
    session = await session_for("registry")
    rows = await shares(session, "part", GIVEN["part"], DAY)
    found = [row.share for row in rows if row.edition == "ICB2026"]
    assert len(found) > 1
    assert abs(sum(found) - 1) < 0.01
    (unknown,) = await shares(session, "part", {"part": "ZZ99"}, DAY)
    assert unknown.edition is None


@pytest.mark.parametrize(
    ("code", "meant", "day", "key"),
    [
        ("E54000024", {}, date(2016, 4, 1), "stp/QHG/2016-03-15"),
        ("E54000024", {}, DAY, "icb/QHG/2022-07-01"),
        ("E54000024", {"kind": "stp", "edition": "STP2016"}, DAY, "stp/QHG/2016-03-15"),
        ("E54000024", {"kind": "icb", "edition": "ICB2022"}, date(2016, 4, 1), "icb/QHG/2022-07-01"),
        ("E38000006", {"kind": "ccg"}, DAY, "ccg/02P/2013-04-01"),
        ("E38000006", {}, DAY, "sub_icb/02P/2022-07-01"),
    ],
)
async def test_the_same_code_in_two_families_is_that_of_the_day_or_of_the_one_named(
    imported: Settings, session_for: SessionFor, code: str, meant: dict[str, str], day: date, key: str
) -> None:
    session = await session_for("registry")
    rows = await shares(session, "code", {"scheme": "ons", "code": code, **NO_SCHEME, **meant}, day)
    assert await session.scalar(select(Body.key).where(Body.id == rows[0].asked_id)) == key


async def test_no_body_has_a_code_in_another_family(imported: Settings, session_for: SessionFor) -> None:
    given = {"scheme": "ods", "code": "QHM", "kind": "ccg", "edition": None}
    assert await shares(await session_for("registry"), "code", given, DAY) == []


def metres_between(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Return the distance of two positions on the globe, by the law of cosines."""
    (north, east), (other_north, other_east) = ([math.radians(each) for each in at] for at in (a, b))
    cosine = math.sin(north) * math.sin(other_north)
    cosine += math.cos(north) * math.cos(other_north) * math.cos(east - other_east)
    return 6_371_008.8 * math.acos(min(1.0, cosine))


@pytest.mark.parametrize("at", [(54.97, -1.61), (51.5, -0.12), (50.1, -5.5), (52.6, 1.3), (53.5, -3.0)])
async def test_the_nearest_positions_are_those_that_measuring_all_finds(
    imported: Settings, session_for: SessionFor, at: tuple[float, float]
) -> None:
    session = await session_for("registry")
    known = (await session.scalars(select(KnownPosition))).all()
    wanted = sorted(metres_between(at, (each.latitude, each.longitude)) for each in known)
    rows = await shares(session, "position", {"latitude": at[0], "longitude": at[1]}, DAY)
    found = list(dict.fromkeys(row.metres for row in rows))
    assert found == pytest.approx(wanted[: len(found)], abs=0.5)
    assert len(found) <= POSITIONS_KEPT


async def test_many_are_found_at_once_by_their_numbers(imported: Settings, session_for: SessionFor) -> None:
    session = await session_for("registry")
    asked = {at: query(way, values) for at, (way, values) in enumerate(GIVEN.items())}
    found = await find_shares_of_many(session, {**asked, 9: query("postcode", {"postcode": "ZZ999ZZ"})}, DAY)
    assert set(found) == {0, 1, 2, 3}
    for at, each in asked.items():
        alone = [row for row in await find_shares(session, each, DAY) if row.valid_from]
        together = found[at]
        assert {(row.metres, row.edition, row.body_id, row.share) for row in together} == {
            (row.metres, row.edition, row.body_id, row.share) for row in alone
        }


@pytest.mark.parametrize("way", [*GIVEN, "many"])
async def test_no_lookup_reads_a_table_from_end_to_end(
    imported: Settings, session_for: SessionFor, way: str
) -> None:
    connection = await (await session_for("registry")).connection()
    # In the extract tables are so small that reading them would be cheaper.
    await connection.execute(text("SET LOCAL enable_seqscan = off"))
    if way == "many":
        arrays = {f"{way}_{name}": [value] for way, given in GIVEN.items() for name, value in given.items()}
        numbers = {f"{each}_at": [0] for each in GIVEN}
        plan = await plan_of(connection, SHARES_OF_MANY, {**arrays, **numbers, "as_of": DAY})
    else:
        plan = await plan_of(connection, SHARES[way], {**GIVEN[way], "as_of": DAY})
    assert "Index" in plan
    assert read_whole(plan) == []


async def test_around_a_place_are_trusts_council_county_and_region(
    imported: Settings, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    ids = {row.key: row.id for row in await session.execute(select(Body.key, Body.id))}
    board, district = ids["icb/S9B9J/2026-04-01"], ids["council/E07000215"]
    found = await find_bodies_around(session, [board], [district], date(2026, 11, 23))
    kinds = select(Body.kind).where(Body.id.in_(found)).distinct()
    assert set((await session.scalars(kinds)).all()) == {
        "nhs_trust",
        "nhs_region",
        "local_authority",
        "healthwatch",
    }
    watching = ids["healthwatch/healthwatch surrey"]
    assert {ids["council/E10000030"], district, watching} <= set(found)
    without = await find_bodies_around(session, [], [district], date(2026, 11, 23))
    assert set(without) == {ids["council/E10000030"], district, watching}
