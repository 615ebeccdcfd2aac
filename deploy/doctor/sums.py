"""What is wrong with sums that a worker keeps: changes that nobody counts, and sums that drifted."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TypeAlias

import asyncpg

from deploy.doctor.deployment import Deployment, Fault

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

# The worker folds changes every few seconds; after an update it counts everything once.
WAITING_SECONDS_MAX = 600


@dataclass(frozen=True, slots=True)
class KeptSums:
    """Sums of a service: how to find what is wrong with them, and what to call it."""

    service: str
    marks: str  # the table of the changes that wait to be counted
    drift: str  # the statement that counts what is counted wrongly, and the wrong sums
    counted: str
    figures: str
    uncounted_name: str
    wrong_name: str


async def check_sums(connection: Connection, deployment: Deployment, kept: KeptSums) -> AsyncIterator[Fault]:
    """Name changes that nobody counts, and sums that are not those of what is counted."""
    waits = f"SELECT count(*), extract(epoch FROM now() - min(marked_at))::float FROM {kept.marks}"  # noqa: S608 # names of ours
    waiting, age = await connection.fetchrow(waits) or (0, None)
    if age and age > WAITING_SECONDS_MAX:
        changes = f"{waiting} changes of {kept.counted}"
        sentence = f"{changes} have waited to be counted, the oldest for {age:.0f} seconds."
        yield Fault(kept.uncounted_name, sentence, deployment.next("log", f"{kept.service}-worker"))
    counted, sums = await connection.fetchrow(kept.drift) or (0, 0)
    if counted or sums:
        sentence = (
            f"{kept.figures} are wrong: {counted} {kept.counted} and {sums} sums are not kept as they count."
        )
        yield Fault(kept.wrong_name, sentence, f"doorway {kept.service} recount")
