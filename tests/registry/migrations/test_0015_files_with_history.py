"""What a file said that another replaced is taken over by that one."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from tests.fixtures.migrated import migrated
from tests.fixtures.servers import Servers

ADD = """
    INSERT INTO body (id, version, key, kind, is_footprint, is_organisation, demonstration, source, file,
        dated_by_hand)
    SELECT gen_random_uuid(), 1, file, 'x', false, true, false, 'there', file, false
    FROM unnest(ARRAY['nhs_regions.csv', 'local_authorities.csv', 'organisations.csv']) file"""


@pytest.fixture
async def session(servers: Servers, worker_id: str) -> AsyncIterator[AsyncSession]:
    """Give a session on a registry that was migrated with bodies of the old files in it."""
    prefix = f"files_{worker_id}_"
    async with migrated(
        servers, prefix, "registry", before="0014", rows=[text(ADD)], revisions=["0015"]
    ) as session:
        yield session


async def test_bodies_of_the_old_files_are_of_the_new_ones(session: AsyncSession) -> None:
    found = (await session.execute(text("SELECT key, file FROM body"))).all()
    assert {row.key: row.file for row in found} == {
        "nhs_regions.csv": "nhs_regions_history.csv",
        "local_authorities.csv": "local_authorities_history.csv",
        "organisations.csv": "organisations.csv",
    }
