"""What is wrong with the sums from which counts of feedback are answered."""

from collections.abc import AsyncIterator

from deploy.doctor.deployment import Deployment, Fault
from deploy.doctor.sums import Connection, KeptSums, check_sums

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
SUMS = KeptSums(
    service="feedback",
    marks="piece_to_count",
    drift=DRIFT,
    counted="pieces",
    figures="Counts of feedback",
    uncounted_name="feedback_uncounted",
    wrong_name="counts_wrong",
)


def check_counts(connection: Connection, deployment: Deployment) -> AsyncIterator[Fault]:
    """Name changes of feedback that nobody counts, and sums that are not those of what pieces add."""
    return check_sums(connection, deployment, SUMS)
