"""Counts in words: what may be said of those of several bodies."""

from collections.abc import Sequence
from datetime import date
from typing import cast
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.counts import queries
from services.feedback.counts.domain import Table, count_feedback
from services.feedback.counts.queries import Asked, Found

MONTH = date(2026, 5, 1)
BODIES = [UUID(int=1), UUID(int=2)]


@pytest.mark.parametrize(("bodies", "says"), [(BODIES[:1], "fewer than 5"), (BODIES, "held back")])
async def test_what_each_of_several_bodies_hides_may_be_many_together(
    bodies: Sequence[UUID], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def find(_: AsyncSession, __: Asked) -> Found:
        return Found({}, {MONTH: 5})

    monkeypatch.setattr(queries, "public_counts", find)
    table = Table("kind", "people", "month", MONTH, MONTH)
    shown = await count_feedback(cast(AsyncSession, None), table, bodies, exact=False)
    assert {each.shown for each in shown} == {says}
