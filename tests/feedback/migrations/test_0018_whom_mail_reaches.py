"""Everybody who left an address before the teller assessed addresses is assessed by the first that runs."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.contributors.models import Reach
from services.feedback.sending.queries import lock_stale_reach
from shared.clock import now
from shared.ids import new_id
from tests.fixtures.migrated import migrated
from tests.fixtures.servers import Servers

WITH_ADDRESS, WITHOUT = new_id(), new_id()
CODE = "INSERT INTO reply_code (id, reply_ref, issued_at) VALUES (:id, :ref, now())"
SAID = """
    INSERT INTO feedback (id, version, kind, state, answers, language, organisation_ids, touchpoints, themes,
        permissions, left_out, urgent, reply_code_id, reply_ref, has_address, origin_id, revision,
        received_at)
    VALUES (:id, 1, 'comment', 'received', '[]', 'en', '{}', '{}', '[]', '{}', '[]', false, :id, :ref,
        :has_address, gen_random_uuid(), 1, now())
"""


@pytest.fixture
async def session(servers: Servers, worker_id: str) -> AsyncIterator[AsyncSession]:
    """Give a session on a database that was migrated with feedback in it."""
    rows = []
    for said, has_address in ((WITH_ADDRESS, True), (WITHOUT, False)):
        named = {"id": said, "ref": said.hex}
        rows += [text(CODE).bindparams(**named), text(SAID).bindparams(**named, has_address=has_address)]
    prefix = f"reach_{worker_id}_"
    there_and_back = ("head", "0017", "head")
    async with migrated(
        servers, prefix, "feedback", before="0017", rows=rows, revisions=there_and_back
    ) as session:
        yield session


async def test_who_left_an_address_is_assessed_by_the_first_teller(session: AsyncSession) -> None:
    [kept] = (await session.scalars(select(Reach))).all()
    assert (kept.feedback_id, kept.state, kept.mailed_ref) == (WITH_ADDRESS, None, None)
    assert await lock_stale_reach(session, "any settings", now()) == [kept]
