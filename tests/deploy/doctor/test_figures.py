"""The doctor names figures that nobody counts, and sums that are wrong."""

from collections.abc import AsyncIterator

import pytest

from deploy.doctor.deployment import Deployment, Fault
from deploy.doctor.figures import check_figures
from deploy.doctor.sums import Connection
from services.loop.sums.changing import EVER
from tests.deploy.doctor.undoing import transaction_to_undo

LOOP = """
    INSERT INTO loop (id, version, title, you_said, state, raised_by, client_id, actor, actor_role,
    drafted_at, demonstration, you_said_agreed, heir_uncertain, owner_to_be_named, slips, history_head,
    history_length) VALUES (gen_random_uuid(), 1, 'Doors', 'Heavy.', 'open', 'people', gen_random_uuid(),
    'lead', 'lead', now(), false, 'not_asked', false, false, 0, '', 0)
"""


@pytest.fixture
async def base(deployment: Deployment) -> AsyncIterator[Connection]:
    """The loop's database, in a transaction that is undone."""
    async with transaction_to_undo(deployment.settings["LOOP_DATABASE_URL"]) as connection:
        yield connection


async def found(base: Connection, deployment: Deployment) -> list[Fault]:
    """What the doctor finds."""
    return [fault async for fault in check_figures(base, deployment)]


async def test_what_was_just_changed_is_no_fault(base: Connection, deployment: Deployment) -> None:
    await base.execute(LOOP)
    assert await found(base, deployment) == []


async def test_changes_that_nobody_counts_are_named(base: Connection, deployment: Deployment) -> None:
    await base.execute(LOOP)
    await base.execute("UPDATE loop_to_count SET marked_at = now() - interval '1 hour'")
    [fault] = await found(base, deployment)
    assert (fault.name, "1 changes" in fault.sentence) == ("changes_uncounted", True)


async def test_a_loop_that_no_mark_and_no_sum_knows_is_named(
    base: Connection, deployment: Deployment
) -> None:
    await base.execute(LOOP)
    await base.execute("DELETE FROM loop_to_count")
    [fault] = await found(base, deployment)
    assert (fault.name, "1 loops and 0 sums" in fault.sentence) == ("figures_wrong", True)


SUM = "INSERT INTO loop_sum VALUES ('real * *', 'opened', $1, $2)"


async def test_sums_as_the_worker_keeps_them_are_no_fault(base: Connection, deployment: Deployment) -> None:
    cells = '{"loops": 1, "state.open": 1}'
    await base.execute(LOOP)
    await base.execute("DELETE FROM loop_to_count")
    await base.execute(
        """INSERT INTO loop_counted (loop_id, whose, opened_on, cells)
        SELECT id, 'real * *', '2026-12-01', $1 FROM loop""",
        cells,
    )
    await base.execute(SUM, EVER, cells)
    assert await found(base, deployment) == []


async def test_a_sum_that_its_loops_do_not_make_is_named(base: Connection, deployment: Deployment) -> None:
    await base.execute(SUM, EVER, '{"loops": 3, "kept": 1}')
    [fault] = await found(base, deployment)
    assert (fault.name, "0 loops and 2 sums" in fault.sentence) == ("figures_wrong", True)
