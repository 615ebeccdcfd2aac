"""Copies made before organisations had heirs take these in when the registry tells the same state again."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.consumers import COPIES
from services.loop.models import OrganisationCopy
from shared.consumers import Heard
from shared.events.base import Envelope
from shared.events.registry import OrganisationRestated
from shared.ids import new_id
from tests.fixtures.migrated import migrated
from tests.fixtures.servers import Servers

TRUST, HEIR = new_id(), new_id()
KNOWN = "INSERT INTO organisation_copy (id, sequence, name) VALUES (:id, 3, 'A Trust')"


@pytest.fixture
async def session(servers: Servers, worker_id: str) -> AsyncIterator[AsyncSession]:
    """Give a session on a database that was migrated with a copy in it."""
    rows, there_and_back = [text(KNOWN).bindparams(id=TRUST)], ("head", "0004", "head")
    prefix = f"heirs_{worker_id}_"
    async with migrated(
        servers, prefix, "loop", before="0004", rows=rows, revisions=there_and_back
    ) as session:
        yield session


async def test_the_same_state_told_again_brings_the_heirs(session: AsyncSession) -> None:
    assert (await session.get_one(OrganisationCopy, TRUST)).successors == []
    session.expire_all()
    heir = {"id": str(HEIR), "share": None}
    known = {"organisation_id": TRUST, "name": "A Trust", "kind": "nhs_trust", "ods": None, "ons": None}
    days = {"valid_from": None, "valid_to": None, "footprint_id": None}
    event = OrganisationRestated.model_validate(known | days | {"successors": [heir]})
    await COPIES[OrganisationRestated](session, [Heard(event, Envelope.wrap(event, 3))])
    copy = await session.get_one(OrganisationCopy, TRUST)
    assert (copy.sequence, copy.successors) == (3, [heir])
