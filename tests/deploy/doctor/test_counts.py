"""The doctor names counts that nobody keeps, and sums that are wrong."""

from collections.abc import AsyncIterator

import pytest

from deploy.doctor.counts import check_counts
from deploy.doctor.deployment import Deployment, Fault
from deploy.doctor.sums import Connection
from tests.deploy.doctor.undoing import transaction_to_undo

MARK = """
    INSERT INTO piece_to_count (changed_id, marked_at)
    VALUES (gen_random_uuid(), now() - interval '1 hour')
"""
PIECE = """
    INSERT INTO piece_counted VALUES
    (gen_random_uuid(), '2026-01-01', ARRAY[gen_random_uuid()], ARRAY['people/kind/story'])
"""


@pytest.fixture
async def base(deployment: Deployment) -> AsyncIterator[Connection]:
    """Feedback's database, in a transaction that is undone."""
    async with transaction_to_undo(deployment.settings["FEEDBACK_DATABASE_URL"]) as connection:
        yield connection


async def found(base: Connection, deployment: Deployment) -> list[Fault]:
    """What the doctor finds."""
    return [fault async for fault in check_counts(base, deployment)]


async def test_changes_that_nobody_counts_are_named(base: Connection, deployment: Deployment) -> None:
    assert await found(base, deployment) == []
    await base.execute(MARK)
    [fault] = await found(base, deployment)
    assert (fault.name, "1 changes" in fault.sentence) == ("feedback_uncounted", True)


async def test_a_sum_that_its_pieces_do_not_make_is_named(base: Connection, deployment: Deployment) -> None:
    await base.execute(PIECE)
    [fault] = await found(base, deployment)
    assert (fault.name, "0 pieces and 1 sums" in fault.sentence) == ("counts_wrong", True)
    assert fault.next == "doorway feedback recount"
