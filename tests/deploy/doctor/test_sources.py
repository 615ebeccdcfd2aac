"""The doctor names a source of which as much waits as may, and one that has fallen silent."""

import dataclasses

import asyncpg

from deploy.doctor.deployment import Deployment
from deploy.doctor.sources import check_sources

FILL = """
    WITH source AS (
        INSERT INTO source (id, version, organisation_id, name, state, scheme, success_status, created_at)
        VALUES (gen_random_uuid(), 1, gen_random_uuid(), 'Kiosk', 'live', 'standard-webhooks', 202, now())
        RETURNING id
    ), received AS (
        INSERT INTO source_received (id, version, source_id, message_ref, revision, body_digest, is_form,
                                     state, tries, repeats, received_at, next_try_at)
        SELECT gen_random_uuid(), 0, id, 'm', 1, 'd', false, 'received', 0, 0, now(), now() FROM source
        RETURNING id, source_id
    ), raw AS (INSERT INTO source_raw_body SELECT id, convert_to(repeat('x', 900), 'UTF8') FROM received)
    SELECT source_id FROM received
"""


async def test_a_source_that_is_nearly_full_is_named(deployment: Deployment) -> None:
    connection = await asyncpg.connect(deployment.settings["FEEDBACK_DATABASE_URL"])
    undone = connection.transaction()
    await undone.start()
    source_id = await connection.fetchval(FILL)
    named = []
    for bytes_max in ("2000", "1000"):
        settings = {**deployment.settings, "FEEDBACK_SOURCE_WAITING_BYTES_MAX": bytes_max}
        narrow = dataclasses.replace(deployment, settings=settings)
        named.append([fault.sentence async for fault in check_sources(connection, narrow)])
    assert named == [[], [f"Of the source {source_id}, 90 % of the bytes that may wait are waiting."]]
    assert [fault async for fault in check_sources(connection, deployment)] == []
    await undone.rollback()
    await connection.close()


async def test_a_source_that_fell_silent_is_noted_until_it_posts_again(deployment: Deployment) -> None:
    connection = await asyncpg.connect(deployment.settings["FEEDBACK_DATABASE_URL"])
    undone = connection.transaction()
    await undone.start()
    source_id = await connection.fetchval(FILL)
    silent = "UPDATE source SET silent_since = '2026-03-14T09:30:00Z' WHERE id = $1"
    await connection.execute(silent, source_id)
    assert [
        each async for each in check_sources(connection, deployment) if each.name == "source_silent"
    ] == []
    await connection.execute("UPDATE source_received SET received_at = '2026-03-14T09:30:00Z'")
    [fault] = [each async for each in check_sources(connection, deployment) if each.name == "source_silent"]
    assert fault.note
    assert f"{source_id} has sent nothing since 14 March 2026, 09:30 UTC" in fault.sentence
    await undone.rollback()
    await connection.close()
