"""What an older registry said of groups and partnerships is known again by the files that follow."""

import asyncio

import asyncpg

from deploy.databases import set_up
from shared.migrations import migrate
from tests.fixtures.servers import Servers

BODY = """
    INSERT INTO body (id, version, key, kind, is_footprint, is_organisation, demonstration, source, file,
        dated_by_hand)
    VALUES
        ('00000000-0000-0000-0000-000000000001', 1, 'stp/QWO', 'stp', true, false, false, 's', 'f', false)"""
BOUNDARY = """
    INSERT INTO boundary (body_id, edition, imported)
    VALUES ('00000000-0000-0000-0000-000000000001', 'STP2021', true)"""
RELATION = """
    INSERT INTO relation (from_id, to_id, kind, source, imported, file)
    SELECT id, id, 'member_of', 's', true, 'footprint_members_2016.csv' FROM body"""
STATE = """
    INSERT INTO change (position, id, act_id, at, type, record_id, version, footprints, state, reason, source)
    SELECT 1, id, id, now(), 'registry.footprint_changed.v1', id, 1, '{}', '{"edition":"STP2021"}', 'r', 's'
    FROM body"""
SAID = "SELECT edition, relation.file, state FROM boundary, relation, change"


async def test_an_edition_is_renamed_and_relations_are_handed_over(servers: Servers, worker_id: str) -> None:
    prefix = f"groups_{worker_id}_"
    await set_up(servers.superuser_url, servers.secrets, prefix=prefix)
    url = servers.postgres_url(f"{prefix}registry", "registry_owner")
    await asyncio.to_thread(migrate, "registry", url, "0012")
    connection = await asyncpg.connect(url)
    try:
        for statement in (BODY, BOUNDARY, RELATION, STATE):
            await connection.execute(statement)
        await asyncio.to_thread(migrate, "registry", url)
        (row,) = await connection.fetch(SAID)
        assert tuple(row) == (
            "STP2020",
            "ccg_editions.csv",
            '{"edition":"STP2020"}',
        )
    finally:
        await connection.close()
