"""What left a draft before is known from the histories."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.models import LoopLeft
from shared.ids import new_id
from tests.fixtures.migrated import migrated
from tests.fixtures.servers import Servers

LOOP, STAYED, LEFT = new_id(), new_id(), new_id()
ROWS = (
    """INSERT INTO loop (id, version, title, you_said, state, raised_by, client_id, actor, actor_role,
        drafted_at, demonstration, you_said_agreed, heir_uncertain, owner_to_be_named, slips,
        history_head, history_length)
    VALUES (:loop, 1, 'Doors', 'Words', 'draft', 'body', :loop, 'a', 'r', now(), false, 'yes', false,
        false, 0, '', 2)""",
    """INSERT INTO history_entry (loop_id, position, at, step, body, hash)
    VALUES (:loop, 1, now(), 'draft', '{}', ''), (:loop, 2, now(), 'agreement', '{}', '')""",
    """INSERT INTO history_text (loop_id, position, field, text)
    VALUES (:loop, 1, 'loop.linked', :linked), (:loop, 2, 'loop.linked', :stayed)""",
    "INSERT INTO loop_feedback (loop_id, feedback_id, position) VALUES (:loop, cast(:stayed AS uuid), 0)",
)
VALUES = {"loop": LOOP, "linked": f"{LEFT} {STAYED}", "stayed": str(STAYED)}


@pytest.fixture
async def session(servers: Servers, worker_id: str) -> AsyncIterator[AsyncSession]:
    """Give a session on a database that was migrated with a draft in it."""
    rows = [
        text(row).bindparams(**{name: value for name, value in VALUES.items() if f":{name}" in row})
        for row in ROWS
    ]
    async with migrated(
        servers, f"left_{worker_id}_", "loop", before="0017", rows=rows, revisions=("head",)
    ) as session:
        yield session


async def test_what_a_draft_linked_and_no_longer_links_has_left_it(session: AsyncSession) -> None:
    left = (await session.scalars(select(LoopLeft))).all()
    assert [(each.loop_id, each.feedback_id, each.taken_back_at) for each in left] == [(LOOP, LEFT, None)]
