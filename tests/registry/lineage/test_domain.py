"""Lineages of the footprints that ship."""

from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import select

from services.registry.ledger.views import NOW, View, is_said
from services.registry.lineage.domain import lineage_of
from services.registry.models import Body, Boundary, Relation
from services.registry.settings import Settings
from tests.fixtures.databases import SessionFor

END = date(2026, 11, 23)


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
            if each.edition == "STP2016":
                sums[each.id] = sums.get(each.id, 0.0) + each.share
    assert (len(boards), len(sums)) == (36, 44)
    assert all(total == pytest.approx(1, abs=0.001) for total in sums.values())


async def test_relations_between_footprints_are_successions(
    imported: Settings, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    kinds = select(Relation.kind).join(Body, Body.id == Relation.from_id).where(Body.is_footprint).distinct()
    assert set((await session.scalars(kinds)).all()) == {"succeeded_by", "area_passed_to", "encloses"}
