"""Where a steward wrote, an import gives way and lists what the files say otherwise."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.models import Body, BodyCode, BodyName, Relation
from services.registry.relations import domain as relations
from services.registry.relations.schemas import RelationEnding
from services.registry.settings import Settings
from shared.ids import new_id
from tests.fixtures.databases import SessionFor
from tests.registry.imports.test_updates import (
    MOVED,
    NEW,
    NEWER,
    boards_of,
    body_of,
    newer,
    run,
)
from tests.registry.relations.moving import membership_on, move_trust
from tests.registry.writes import WHY, edit_of

__all__ = ["newer"]


@pytest.fixture
async def session(imported: Settings, session_for: SessionFor) -> AsyncSession:
    """Return a session on a registry that knows the extract."""
    return await session_for("registry")


async def refuse_at_once(session: AsyncSession) -> None:
    """Let the database check what it would check at the commit."""
    await session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))


async def test_a_file_that_names_another_board_than_a_steward_makes_no_two(
    session: AsyncSession, newer: Path
) -> None:
    practice = await body_of(session, f"practice/{MOVED}")
    await move_trust(session, practice.id, "QOP", date(2026, 6, 1))
    ours = [("QHM", date(2022, 7, 1), date(2026, 5, 31)), ("QOP", date(2026, 6, 1), None)]
    summary = await run(session, newer)
    assert await boards_of(session, practice.key) == ours
    listed = [each.after for each in summary.kept if MOVED in (each.body or "")]
    assert any("member_of" in str(each) for each in listed)
    await refuse_at_once(session)
    assert (await run(session, newer)).is_without_effect


async def test_a_file_names_the_board_after_the_one_that_a_steward_ended(
    session: AsyncSession, newer: Path
) -> None:
    practice = await body_of(session, f"practice/{MOVED}")
    link = await membership_on(session, practice.id, NEWER)
    ended = RelationEnding(valid_to=date(2026, 3, 31), **WHY)
    await relations.end(await edit_of(session, practice.id), link.id, ended)
    await run(session, newer)
    assert [each for each, *_ in await boards_of(session, practice.key)] == ["QHM", "QOQ"]
    await refuse_at_once(session)


async def test_a_practice_that_is_adopted_keeps_the_board_of_its_steward(
    session: AsyncSession, newer: Path
) -> None:
    body, board = new_id(), await body_of(session, "icb/QOP/2022-07-01")
    kinds = {"kind": "gp_practice", "is_footprint": False, "is_organisation": True}
    session.add(Body(id=body, key=f"hand/{body}", source="a steward", version=1, **kinds))
    await session.flush()
    session.add(BodyName(body_id=body, name="The new surgery"))
    session.add(BodyCode(body_id=body, scheme="ods", code=NEW["ods_code"]))
    session.add(
        Relation(from_id=body, to_id=board.id, kind="member_of", valid_from=date(2026, 7, 1), source="x")
    )
    await session.flush()
    summary = await run(session, newer)
    assert await boards_of(session, f"practice/{NEW['ods_code']}") == [("QOP", date(2026, 7, 1), None)]
    assert any("member_of" in str(each.after) for each in summary.kept)
    await refuse_at_once(session)
