"""A merger that the first release declared can still be withdrawn."""

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.ledger.acts import Act
from services.registry.ledger.views import NOW, is_said
from services.registry.mergers.domain import withdraw
from services.registry.models import Body, BodyName, Relation
from shared.versions import Wanted
from tests.fixtures.migrated import migrated
from tests.fixtures.servers import Servers

OLD, NEW, TRUST, _, MERGER = (UUID(int=n) for n in range(1, 6))
FIRST_RELEASE = Path(__file__).with_name("first_release.sql")


@pytest.fixture
async def session(servers: Servers, worker_id: str) -> AsyncIterator[AsyncSession]:
    """Give a session on a registry that was migrated with a merger of the first release in it."""
    statements = (each for each in FIRST_RELEASE.read_text().split(";\n") if each.strip())
    rows = (text(each.replace(":", "\\:")) for each in statements)
    async with migrated(servers, f"mergers_{worker_id}_", "registry", before="0011", rows=rows) as session:
        yield session


async def test_a_merger_of_the_first_release_can_be_withdrawn(session: AsyncSession) -> None:
    gone = await withdraw(session, MERGER, Wanted(1), Act("They changed their minds.", "the boards' papers"))
    assert (gone.state, gone.edition, gone.loop_owners) == ("withdrawn", "ICB2100", 1)
    assert [each.name for each in gone.closes] == ["Old"]
    old, new = await session.get_one(Body, OLD), await session.get_one(Body, NEW)
    assert (old.closed_on, old.dated_by_hand) == (None, True)
    assert new.withdrawn_at is not None
    names = select(BodyName.name, BodyName.valid_from, BodyName.valid_to).where(is_said(BodyName, NOW))
    assert {tuple(row) for row in await session.execute(names.where(BodyName.body_id == OLD))} == {
        ("Old", None, None),
        ("Later", date(2101, 1, 1), None),
    }
    ends = select(Relation.from_id, Relation.to_id, Relation.valid_to).where(is_said(Relation, NOW))
    assert {tuple(row) for row in await session.execute(ends)} == {(TRUST, OLD, date(2150, 1, 1))}
