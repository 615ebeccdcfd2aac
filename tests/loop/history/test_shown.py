"""All that is shown of a loop is compared with its history: each column of each row, each row, each file."""

import json
from collections.abc import AsyncIterator
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import Boolean, ColumnElement, Date, Integer, NullPool, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from deploy.databases import superuser_url_within
from services.loop.history.chain import HistoryCheck, canonical, hash_of
from services.loop.history.domain import check_history
from services.loop.history.queries import SHOWN
from services.loop.history.shown import shown_columns
from services.loop.models import Base
from shared.clock import today
from shared.db import engine_to
from tests.fixtures.clients import ServiceClient
from tests.fixtures.servers import Servers
from tests.loop.conftest import Publish
from tests.loop.requests import example_revision
from tests.loop.scenes import Scene, scene_of

# What stands in a column afterwards, by its type.
OTHERWISE = {
    ARRAY: "array_append({}, gen_random_uuid())",
    Boolean: "NOT {}",
    Date: "COALESCE({} + 1, DATE '2020-02-02')",
    Integer: "COALESCE({}, 0) + 1",
    TIMESTAMP: "COALESCE({} + interval '1 day', TIMESTAMPTZ '2020-02-02')",
    Uuid: "gen_random_uuid()",
}
WORDS = "COALESCE({}, '') || 'x'"


def tampering(table: str, column: ColumnElement[Any]) -> str:
    """The statement that changes one column of a loop's rows."""
    name = f'"{column.key}"'
    value = OTHERWISE.get(type(column.type), WORDS).format(name)
    of_loop = f"{'id' if table == 'loop' else 'loop_id'} = :loop"
    return f"UPDATE {table} SET {name} = {value} WHERE {of_loop}"  # noqa: S608 -- named by the model


COLUMNS = [
    (name, tampering(name, table.columns[column]), column)
    for name, (table, columns) in {
        model.__tablename__: (model.__table__, shown_columns(model))
        for model in SHOWN.values()
        if issubclass(model, Base)
    }.items()
    for column in columns
]


@pytest.fixture
async def told(service: ServiceClient, publish: Publish) -> Scene:
    """A loop with a row in each table that is shown."""
    scene = await scene_of(service, publish)
    await scene.committed()
    path = f"/v1/commitments/{scene.commitment['id']}"
    due_on = date.fromisoformat(scene.commitment["due_on"])
    revision = example_revision(due_on).model_dump(mode="json", exclude_none=True)
    await scene.done(scene.lead, f"{path}/revisions", revision)
    evidence = await scene.shown()
    await scene.done(scene.estates, f"{path}/change-claims", {})
    judgement = {"accept": True, "reason": "The photo shows the new door, and the counts that people use it."}
    await scene.done(scene.judge, f"/v1/evidence/{evidence['id']}/verification", judgement)
    group = {"held_on": today().isoformat(), "way": "meeting", "people": 12}
    await scene.send(scene.lead, "tellings", group)
    await scene.read()
    return scene


@pytest.fixture
async def past_rights(servers: Servers, databases: dict[str, str]) -> AsyncIterator[AsyncConnection]:
    """A connection of somebody whom neither rights nor foreign keys hold; all that it does is undone."""
    url = superuser_url_within(servers.superuser_url, databases["loop"])
    engine = engine_to(url, poolclass=NullPool)
    async with engine.connect() as connection:
        await connection.execute(text("SET session_replication_role = replica"))
        await connection.commit()
        yield connection
        await connection.rollback()
    await engine.dispose()


async def check_after(connection: AsyncConnection, scene: Scene, *statements: str) -> HistoryCheck:
    """The check of a loop after statements, which are undone."""
    loop_id = UUID(scene.loop["id"])
    async with AsyncSession(connection, expire_on_commit=False) as session:
        for statement in statements:
            changed = await session.execute(text(statement), {"loop": loop_id})
            assert changed.rowcount, statement  # type: ignore[attr-defined]  # of a statement that changes
        check = await check_history(session, loop_id)
        await session.rollback()
    return check


async def test_a_loop_verifies_from_its_draft_on(service: ServiceClient, publish: Publish) -> None:
    scene = await scene_of(service, publish)
    check = await scene.lead.get(f"/v1/loops/{scene.loop['id']}/verify")
    assert check.json()["intact"], check.text


@pytest.mark.parametrize("model", [*SHOWN.values()], ids=lambda model: model.__tablename__)
def test_a_new_row_has_its_defaults_before_it_is_stored(model: type[Base]) -> None:
    row = model()
    late = [
        name
        for name in shown_columns(model)
        if model.__table__.columns[name].default is not None and getattr(row, name) is None
    ]
    assert late == []


async def test_each_shown_column_that_is_changed_is_named(told: Scene, past_rights: AsyncConnection) -> None:
    assert (await check_after(past_rights, told)).intact
    for table, statement, column in COLUMNS:
        found = await check_after(past_rights, told, statement)
        assert not found.intact, statement
        if column != "loop_id":
            assert f"{table} shows another {column}" in found.detail or column == "state", found.detail
    assert len(COLUMNS) > 90


INVENTED = """
    INSERT INTO {0} SELECT ({0}).* FROM (
        SELECT jsonb_populate_record({0}, jsonb_build_object('id', gen_random_uuid(){1})) AS {0}
        FROM {0} WHERE loop_id = :loop LIMIT 1
    ) AS copied
"""


@pytest.mark.parametrize("table", [table for table in SHOWN if table != "loop"])
async def test_a_row_that_is_invented_and_one_that_is_gone_are_named(
    told: Scene, past_rights: AsyncConnection, table: str
) -> None:
    other = ", 'evidence_id', gen_random_uuid()" if table == "verification" else ""
    invented = await check_after(past_rights, told, INVENTED.format(table, other))
    assert f"No entry knows the {table} " in invented.detail
    gone = await check_after(
        past_rights, told, "DELETE FROM TABLE WHERE loop_id = :loop".replace("TABLE", table)
    )
    assert not gone.intact


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE evidence_file SET content = 'another file' WHERE evidence_id IN (SELECT id FROM mine)",
        "DELETE FROM evidence_file WHERE evidence_id IN (SELECT id FROM mine)",
    ],
)
async def test_a_file_that_is_not_the_one_that_was_given_is_named(
    told: Scene, past_rights: AsyncConnection, statement: str
) -> None:
    mine = "WITH mine AS (SELECT id FROM evidence WHERE loop_id = :loop)"
    found = await check_after(past_rights, told, f"{mine} {statement}")
    assert "The file of the evidence" in found.detail


async def test_a_loop_from_before_values_were_held_still_verifies(
    told: Scene, past_rights: AsyncConnection
) -> None:
    loop_id = UUID(told.loop["id"])
    async with AsyncSession(past_rights) as session:
        read = "SELECT body FROM history_entry WHERE loop_id = :loop ORDER BY position"
        bodies = (await session.scalars(text(read), {"loop": loop_id})).all()
        head = ""
        for position, body in enumerate(bodies, 1):
            said = json.loads(body)
            said["facts"].pop("shown")
            said["previous"] = head
            written = canonical(said)
            values = {"loop": loop_id, "at": position, "body": written, "hash": (head := hash_of(written))}
            change = (
                "UPDATE history_entry SET body = :body, hash = :hash WHERE loop_id = :loop AND position = :at"
            )
            await session.execute(text(change), values)
        await session.execute(
            text("UPDATE loop SET history_head = :head WHERE id = :loop"), {"loop": loop_id, "head": head}
        )
        found = await check_history(session, loop_id)
        assert found.intact, found.detail
        await session.execute(text(INVENTED.format("decision", "")), {"loop": loop_id})
        assert "No entry knows the decision" in (await check_history(session, loop_id)).detail
        await session.rollback()


@pytest.mark.parametrize(
    ("service_name", "statement"),
    [
        ("loop", "UPDATE history_entry SET body = ''"),
        ("loop", "UPDATE history_text SET field = ''"),
        ("loop", "UPDATE history_text SET feedback_id = NULL"),
        ("loop", "DELETE FROM history_entry"),
        ("loop", "DELETE FROM history_text"),
        ("loop", "TRUNCATE history_entry, history_text"),
        ("gateway", "UPDATE audit SET times = 2"),
        ("gateway", "DELETE FROM audit"),
        ("gateway", "TRUNCATE audit"),
        ("feedback", "UPDATE identification SET actor = ''"),
        ("feedback", "DELETE FROM identification"),
        ("feedback", "TRUNCATE identification"),
    ],
)  # fmt: skip
async def test_a_service_may_only_add_to_what_records_what_happened(
    servers: Servers, databases: dict[str, str], service_name: str, statement: str
) -> None:
    connection = await asyncpg.connect(servers.postgres_url(databases[service_name], service_name))
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
    finally:
        await connection.close()
