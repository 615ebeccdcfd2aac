"""Loops whose words a body changed before say so after the migration; the history knows the first ones."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.models import Loop
from services.loop.records import HistoryText
from shared.ids import new_id
from tests.fixtures.migrated import migrated
from tests.fixtures.servers import Servers

BODY, CHARITY = new_id(), new_id()
# By the title that they had at first: the raiser, who it says raised it, and whose words they are afterwards.
LOOPS = {
    "Doors": (CHARITY, "independent", "as_raised", "yes"),
    "Heavy": (CHARITY, "independent", "changed_by_the_body", "not_asked"),
    "Steep": (None, "body", "changed_by_the_body", "not_asked"),
    "Stiff": (BODY, "body", "as_raised", "yes"),
}
LOOP = """
    INSERT INTO loop (id, version, title, you_said, state, organisation_id, raised_by, raiser_id, client_id,
        actor, actor_role, drafted_at, demonstration, you_said_agreed, heir_uncertain, owner_to_be_named,
        slips, history_head, history_length)
    VALUES (:id, 1, 'Doors', 'Words', 'open', :body, :raised_by, :raiser, :id, 'a', 'r', now(), false, 'yes',
        false, false, 0, '', 1)
"""
ENTRY = """
    INSERT INTO history_entry (loop_id, position, at, step, body, hash)
    VALUES (:id, 1, now(), 'draft', '{}', '')
"""
WORDS = """
    INSERT INTO history_text (loop_id, position, field, salt, text)
    VALUES (:id, 1, 'loop.title', '', :title)
"""


@pytest.fixture
async def session(servers: Servers, worker_id: str) -> AsyncIterator[AsyncSession]:
    """Give a session on a database that was migrated with loops in it."""
    rows = []
    for title, (raiser, raised_by, _, _) in LOOPS.items():
        own = new_id()
        values = {"id": own, "body": BODY, "raised_by": raised_by, "raiser": raiser}
        rows += [
            text(LOOP).bindparams(**values),
            text(ENTRY).bindparams(id=own),
            text(WORDS).bindparams(id=own, title=title),
        ]
    there_and_back, prefix = ("head", "0010", "head"), f"words_{worker_id}_"
    async with migrated(
        servers, prefix, "loop", before="0010", rows=rows, revisions=there_and_back
    ) as session:
        yield session


async def test_words_that_a_body_changed_before_say_so(session: AsyncSession) -> None:
    first = {held.loop_id: held.text for held in await session.scalars(select(HistoryText))}
    loops = (await session.scalars(select(Loop))).all()
    assert {first[loop.id]: (loop.wording, loop.you_said_agreed) for loop in loops} == {
        title: (wording, agreed) for title, (_, _, wording, agreed) in LOOPS.items()
    }
