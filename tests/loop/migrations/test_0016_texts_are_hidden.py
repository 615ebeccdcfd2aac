"""Loops that were halted, hidden or left lying before say from when others may look, and hide their texts."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import TextClause, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.models import Loop
from shared.ids import new_id
from tests.fixtures.migrated import migrated
from tests.fixtures.servers import Servers

# By title: whether it is moderated, halted, taken back, waited for by a clock, and looked at afterwards.
LOOPS = {
    "Left": (False, False, False, False, False),
    "Halted": (False, True, False, True, False),
    "Hidden": (False, False, True, True, False),
    "Alone": (True, False, True, False, False),
    "Looked": (True, False, True, False, True),
    "Fine": (True, False, False, False, False),
}
LOOP = """
    INSERT INTO loop (id, version, title, you_said, state, raised_by, client_id, actor, actor_role,
        drafted_at, opened_at, demonstration, you_said_agreed, heir_uncertain, owner_to_be_named, slips,
        history_head, history_length, moderated_at, halted_at)
    VALUES (:id, 1, :title, 'Words', 'open', 'body', :id, 'a', 'r', now(), now(), false, 'yes', false,
        false, 0, '', 2, CASE WHEN :moderated THEN now() END, CASE WHEN :halted THEN now() END)
"""
ENTRY = """
    INSERT INTO history_entry (loop_id, position, at, step, body, hash)
    VALUES (:id, :position, now() + :position * interval '1 hour', :step, '{}', '')
"""
REASON = "INSERT INTO history_text (loop_id, position, field, text) VALUES (:id, 1, 'decision.reason', 'Why')"
LINK = """
    INSERT INTO loop_feedback (loop_id, feedback_id, position, taken_back_at)
    VALUES (:id, :id, 0, now() + interval '90 minutes')
"""
CLOCK = """
    INSERT INTO clock (id, loop_id, kind, started_at, due_at)
    VALUES (:id, :id, 'look', now(), now() + interval '5 days')
"""


def rows_of_loop(title: str) -> list[TextClause]:
    """The statements that make one loop."""
    own, (moderated, halted, taken, waits, looked) = new_id(), LOOPS[title]
    loop = text(LOOP).bindparams(id=own, title=title, moderated=moderated, halted=halted)
    steps = ["draft", "moderation" if looked else "halt" if halted else "consideration"]
    entries = [text(ENTRY).bindparams(id=own, position=n, step=step) for n, step in enumerate(steps, 1)]
    more = [LINK] * taken + [CLOCK] * waits
    return [
        loop,
        *entries,
        text(REASON).bindparams(id=own),
        *(text(each).bindparams(id=own) for each in more),
    ]


@pytest.fixture
async def session(servers: Servers, worker_id: str) -> AsyncIterator[AsyncSession]:
    """Give a session on a database that was migrated with loops in it."""
    rows = [row for title in LOOPS for row in rows_of_loop(title)]
    there_and_back, prefix = ("head", "0013", "head"), f"hidden_{worker_id}_"
    async with migrated(
        servers, prefix, "loop", before="0013", rows=rows, revisions=there_and_back
    ) as session:
        yield session


async def test_what_nobody_has_looked_at_is_hidden_and_left_to_others_in_time(session: AsyncSession) -> None:
    loops = (await session.scalars(select(Loop))).all()
    assert {each.title: (each.waits_for, each.texts_hidden_at is not None, each.halts) for each in loops} == {
        "Left": ("the_body_or_others", False, 0),
        "Halted": ("the_body", False, 1),
        "Hidden": ("the_body", True, 0),
        "Alone": ("the_body", True, 0),
        "Looked": (None, False, 0),
        "Fine": (None, False, 0),
    }
