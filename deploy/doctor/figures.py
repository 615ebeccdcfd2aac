"""What is wrong with the sums from which boards and measures answer."""

from collections.abc import AsyncIterator
from typing import TypeAlias

import asyncpg

from deploy.doctor.deployment import Deployment, Fault

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

# The worker folds changes every few seconds; after an update it counts all loops once.
WAITING_SECONDS_MAX = 600
WAITING = "SELECT count(*), extract(epoch FROM now() - min(marked_at))::float FROM loop_to_count"
# Compared in one statement, so in one state of the database: loops that wait to be counted may differ.
# The driver stores the first day that there is as the day before all others.
DRIFT = """
    WITH unmarked AS MATERIALIZED (
        SELECT loop.id, loop.state FROM loop WHERE loop.id NOT IN (SELECT changed_id FROM loop_to_count)
    ), cell AS (
        SELECT each.key, sum(each.value::bigint) AS n
        FROM loop_counted CROSS JOIN LATERAL jsonb_each_text(cells) AS each GROUP BY each.key
    ), total AS (
        SELECT each.key, sum(each.value::bigint) AS n
        FROM loop_sum CROSS JOIN LATERAL jsonb_each_text(cells) AS each
        WHERE whose IN ('real * *', 'demonstration * *') AND counted = 'opened' AND since = '-infinity'
        GROUP BY each.key
    )
    SELECT (
        SELECT count(*) FROM unmarked LEFT JOIN loop_counted ON loop_id = id
        WHERE (state = 'draft') <> (loop_id IS NULL)
        OR NOT (cells ? 'praise') AND NOT (cells ? ('state.' || state))
    ) AS loops, (
        SELECT count(*) FROM cell FULL JOIN total USING (key) WHERE cell.n IS DISTINCT FROM total.n
    ) AS sums
"""


async def check_figures(connection: Connection, deployment: Deployment) -> AsyncIterator[Fault]:
    """Name changes that nobody counts, and sums that are not those of what loops add."""
    waiting, age = await connection.fetchrow(WAITING) or (0, None)
    if age and age > WAITING_SECONDS_MAX:
        sentence = f"{waiting} changes of loops have waited to be counted, the oldest for {age:.0f} seconds."
        yield Fault("changes_uncounted", sentence, deployment.next("log", "loop-worker"))
    loops, sums = await connection.fetchrow(DRIFT) or (0, 0)
    if loops or sums:
        sentence = f"Boards and measures are wrong: {loops} loops and {sums} sums are not kept as they count."
        yield Fault("figures_wrong", sentence, "doorway loop recount")
