"""What is wrong with the sums from which counts of feedback are answered."""

from collections.abc import AsyncIterator
from typing import TypeAlias

import asyncpg

from deploy.doctor.deployment import Deployment, Fault

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

# The worker folds changes every few seconds; after an update it counts all feedback once.
WAITING_SECONDS_MAX = 600
WAITING = "SELECT count(*), extract(epoch FROM now() - min(marked_at))::float FROM piece_to_count"
# Compared in one statement, so in one state of the database: pieces that wait to be counted may differ.
DRIFT = """
    WITH cell AS (
        SELECT month, cell, sum(cardinality(bodies)) AS n
        FROM piece_counted CROSS JOIN unnest(cells) AS cell GROUP BY month, cell
    ), total AS (SELECT month, cell, sum(n) AS n FROM count_sum GROUP BY month, cell)
    SELECT (
        SELECT count(*) FROM feedback LEFT JOIN piece_counted ON feedback_id = id
        WHERE (state IN ('received', 'published', 'withheld')) <> (feedback_id IS NOT NULL)
        AND id NOT IN (SELECT changed_id FROM piece_to_count)
    ) AS pieces, (
        SELECT count(*) FROM cell FULL JOIN total USING (month, cell)
        WHERE coalesce(cell.n, 0) <> coalesce(total.n, 0)
    ) AS sums
"""


async def check_counts(connection: Connection, deployment: Deployment) -> AsyncIterator[Fault]:
    """Name changes that nobody counts, and sums that are not those of what pieces add."""
    waiting, age = await connection.fetchrow(WAITING) or (0, None)
    if age and age > WAITING_SECONDS_MAX:
        sentence = f"{waiting} changes of feedback have waited to be counted, one for {age:.0f} seconds."
        yield Fault("feedback_uncounted", sentence, deployment.next("log", "feedback-worker"))
    pieces, sums = await connection.fetchrow(DRIFT) or (0, 0)
    if pieces or sums:
        sentence = f"Counts of feedback are wrong: {pieces} pieces and {sums} sums are not as they count."
        yield Fault("counts_wrong", sentence, "doorway feedback recount")
