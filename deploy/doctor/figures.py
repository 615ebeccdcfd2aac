"""What is wrong with the sums from which boards and measures answer."""

from collections.abc import AsyncIterator

from deploy.doctor.deployment import Deployment, Fault
from deploy.doctor.sums import Connection, KeptSums, check_sums

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
SUMS = KeptSums(
    service="loop",
    marks="loop_to_count",
    drift=DRIFT,
    counted="loops",
    figures="Boards and measures",
    uncounted_name="changes_uncounted",
    wrong_name="figures_wrong",
)


def check_figures(connection: Connection, deployment: Deployment) -> AsyncIterator[Fault]:
    """Name changes of loops that nobody counts, and sums that are not those of what loops add."""
    return check_sums(connection, deployment, SUMS)
