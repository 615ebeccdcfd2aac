"""The doctor names what the broker lost, refuses or let go of, and consumers that are late."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from deploy.doctor.deployment import Deployment, Fault
from deploy.doctor.positions import Connection, check_positions

GOOD = {"reached_at": "now()", "stream_made_at": "now()"}


@pytest.fixture
async def base(deployment: Deployment) -> AsyncIterator[Connection]:
    """The loop's database."""
    connection = await asyncpg.connect(deployment.settings["LOOP_DATABASE_URL"])
    yield connection
    await connection.execute("DELETE FROM stream_position")
    await connection.close()


async def found_with(
    base: Connection,
    deployment: Deployment,
    consumer: str = "loop-reactions",
    **columns: str,
) -> list[Fault]:
    """What the doctor finds when a consumer's position has these columns, given as SQL."""
    row = {"consumer": f"'{consumer}'", "stream": "'feedback'"} | GOOD | columns
    await base.execute(
        f"INSERT INTO stream_position ({', '.join(row)}) VALUES ({', '.join(row.values())})"  # noqa: S608 -- named here
    )
    return [fault async for fault in check_positions(base, deployment, "loop")]


async def test_a_consumer_that_keeps_up_has_no_fault(base: Connection, deployment: Deployment) -> None:
    assert await found_with(base, deployment) == []


@pytest.mark.parametrize(
    ("columns", "name", "said"),
    [
        ({"reached_at": "now() - interval '1 hour'"}, "consumer_late", "loop-reactions of FEEDBACK"),
        (
            {
                "missed_since": "'2026-01-01 10:00Z'::timestamptz",
                "missed_until": "'2026-01-02 10:00Z'::timestamptz",
            },
            "events_missed",
            "between 01 January 2026, 10:00 UTC and 02 January 2026, 10:00 UTC",
        ),
        ({"refused": "'insufficient storage resources available'"}, "broker_refuses_events", "insufficient"),
    ],
)
async def test_what_is_wrong_with_a_consumer_is_named_with_what_to_do(
    base: Connection,
    deployment: Deployment,
    columns: dict[str, str],
    name: str,
    said: str,
) -> None:
    [fault] = await found_with(base, deployment, **columns)
    assert (fault.name, fault.note) == (name, False)
    assert said in fault.sentence
    assert fault.next


async def test_what_the_broker_lost_is_noted_until_it_is_settled(
    base: Connection, deployment: Deployment
) -> None:
    await found_with(base, deployment, made_anew_at="now()")
    notes = await found_with(base, deployment, "relay", made_anew_at="now()")
    assert [(note.name, note.note) for note in notes] == [("made_anew", True)] * 2
    assert "goes on from where it was" in notes[0].sentence
    assert "published the events of the last 7 days again" in notes[1].sentence
    assert notes[0].next == "doorway feedback republish; then doorway events settle loop"
