"""Much at once: told apart by what came before, stored in batches."""

from uuid import UUID

import asyncpg

from services.feedback.bodies.schemas import FeedbackBodies
from services.feedback.items.bulk import (
    BATCH,
    sort_offered_feedback,
    split_into_batches,
    store_prepared_feedback,
)
from services.feedback.items.intake import IntakeTools, Origin
from services.feedback.items.rows import prepare_feedback
from services.feedback.items.schemas import NewFeedback
from shared.auth import Caller
from shared.ids import new_id
from tests.feedback.examples import something_said
from tests.fixtures.clients import ServiceClient


def new_feedback(trust_id: UUID, external_id: str | None, text: str = "Good.") -> NewFeedback:
    """Something said about a trust."""
    return NewFeedback.model_validate(something_said(trust_id) | {"external_id": external_id, "text": text})


async def test_new_changed_and_unchanged_are_told_apart(
    service: ServiceClient, trust_id: UUID, feedback_db: str
) -> None:
    tools, origin = service.part(IntakeTools), Origin.from_client(Caller(organisation_id=trust_id))
    connection = await asyncpg.connect(feedback_db)
    try:
        first = [new_feedback(trust_id, "1"), new_feedback(trust_id, "2"), new_feedback(trust_id, None)]
        bodies = FeedbackBodies(None, [trust_id])
        prepared = [await prepare_feedback(new, origin, tools, bodies) for new in first]
        await store_prepared_feedback(connection, prepared)
        offered = [
            new_feedback(trust_id, "1"),
            new_feedback(trust_id, "2", "Bad."),
            new_feedback(trust_id, None),
            new_feedback(trust_id, "3"),
        ]
        found = await sort_offered_feedback(
            connection, [*offered, new_feedback(trust_id, "3")], origin.id, tools
        )
    finally:
        await connection.close()
    assert (found.new, found.changed, len(found.unchanged)) == (offered[2:], offered[1:2], 2)


async def test_a_code_that_was_issued_before_stands_beside_new_ones(
    service: ServiceClient, trust_id: UUID, feedback_db: str
) -> None:
    tools, origin = service.part(IntakeTools), Origin.from_client(Caller(organisation_id=trust_id))
    issued, new, bodies = new_id(), new_feedback(trust_id, None), FeedbackBodies(None, [trust_id])
    connection = await asyncpg.connect(feedback_db)
    try:
        await connection.execute(
            "INSERT INTO reply_code (id, reply_ref, issued_at) VALUES ($1, $2, now())", issued, issued.hex
        )
        prepared = [await prepare_feedback(new, origin, tools, bodies, each) for each in (issued, None)]
        await store_prepared_feedback(connection, prepared)
        ids = [each.receipt.id for each in prepared]
        kept = await connection.fetchval("SELECT count(*) FROM feedback WHERE id = ANY($1)", ids)
    finally:
        await connection.close()
    assert kept == 2


def test_batches_are_bounded() -> None:
    offered = [new_feedback(UUID(int=1), None)] * (BATCH + 1)
    assert [len(batch) for batch in split_into_batches(offered)] == [BATCH, 1]
