"""The walk from neighbour to neighbour in time."""

from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import select

from services.registry.bodies.queries import SUCCESSIONS
from services.registry.ledger.views import NOW, View, is_said
from services.registry.lineage.domain import lineage_of, spread
from services.registry.lineage.queries import Link
from services.registry.models import Body, Boundary, Relation
from services.registry.settings import Settings
from tests.fixtures.databases import SessionFor

A, B, C = UUID(int=1), UUID(int=2), UUID(int=3)
START, END = date(2016, 3, 15), date(2026, 11, 23)


def link(before: UUID, after: UUID, year: int, share: float) -> Link:
    """Return a link of the first day of a year."""
    return Link(before, after, date(year, 1, 1), share, "test")


def test_without_links_everybody_stays() -> None:
    assert spread([], A, START, END) == {A: 1.0}


def test_shares_multiply_along_the_way() -> None:
    links = [link(A, B, 2017, 0.25), link(B, C, 2018, 0.5)]
    assert spread(links, A, START, END) == {A: 0.75, B: 0.125, C: 0.125}


def test_what_passed_before_does_not_pass_again() -> None:
    links = [link(B, C, 2017, 1.0), link(A, B, 2018, 1.0)]
    assert spread(links, A, START, END) == {B: 1.0}


def test_what_passes_on_the_same_day_passes_once() -> None:
    links = [link(A, B, 2017, 1.0), link(B, C, 2017, 1.0)]
    assert spread(links, A, START, END) == {B: 1.0}


def test_only_days_after_the_first_and_up_to_the_last_count() -> None:
    links = [link(A, B, 2017, 1.0)]
    assert spread(links, A, date(2017, 1, 1), END) == {A: 1.0}
    assert spread(links, A, START, date(2016, 12, 31)) == {A: 1.0}
    assert spread(links, A, START, date(2017, 1, 1)) == {B: 1.0}


def test_what_rounding_leaves_is_nobody() -> None:
    assert spread([link(A, B, 2017, 0.9999)], A, START, END) == {B: 0.9999}


async def test_the_shares_of_each_closed_footprint_sum_to_one(
    imported: Settings, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    rows = await session.execute(
        select(Relation.from_id, Relation.share)
        .join(Body, Body.id == Relation.from_id)
        .where(Relation.kind == "succeeded_by", Body.is_footprint, is_said(Relation, NOW))
    )
    sums: dict[UUID, float] = {}
    for body, share in rows:
        sums[body] = sums.get(body, 0.0) + (share or 0.0)
    assert len(sums) == 45 + 12
    assert all(total == pytest.approx(1, abs=0.001) for total in sums.values())


async def test_the_residents_of_each_footprint_of_2016_are_all_somewhere_today(
    imported: Settings, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    of_2026 = select(Boundary.body_id).where(Boundary.edition == "ICB2026", is_said(Boundary, NOW))
    boards = (await session.scalars(of_2026)).all()
    sums: dict[UUID, float] = {}
    for board in boards:
        for each in await lineage_of(session, board, View(END)):
            if each.edition.edition == "STP2016":
                sums[each.edition.id] = sums.get(each.edition.id, 0.0) + each.share
    assert (len(boards), len(sums)) == (36, 44)
    assert all(total == pytest.approx(1, abs=0.001) for total in sums.values())


async def test_relations_between_footprints_are_successions(
    imported: Settings, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    kinds = select(Relation.kind).join(Body, Body.id == Relation.from_id).where(Body.is_footprint).distinct()
    assert set((await session.scalars(kinds)).all()) == {*SUCCESSIONS, "encloses"}
