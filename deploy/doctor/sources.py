"""The sources of feedback of which so much waits that their posts are refused, or soon will be."""

from collections.abc import AsyncIterator
from typing import TypeAlias

import asyncpg

from deploy.doctor.deployment import Deployment, Fault
from services.feedback.settings import Settings

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

NEARLY, NAMED_MAX = 0.8, 20
FULL = """
    WITH waiting AS (
        SELECT source_id, id FROM source_received WHERE state = 'received'
        UNION SELECT source_id, received_id FROM source_quarantined)
    SELECT source_id, sum(octet_length(sealed)) AS bytes
    FROM waiting JOIN source_raw_body ON received_id = id
    GROUP BY source_id HAVING sum(octet_length(sealed)) >= $1 ORDER BY 2 DESC LIMIT $2
"""


async def check_sources(connection: Connection, deployment: Deployment) -> AsyncIterator[Fault]:
    """Name each source that has used up four fifths of what may wait of it."""
    usual = Settings.model_fields["source_waiting_bytes_max"].default
    bytes_max = int(deployment.settings.get("FEEDBACK_SOURCE_WAITING_BYTES_MAX") or usual)
    for each in await connection.fetch(FULL, int(bytes_max * NEARLY), NAMED_MAX):
        share = int(each["bytes"] * 100 / bytes_max)
        yield Fault(
            "source_full",
            f"Of the source {each['source_id']}, {share} % of the bytes that may wait are waiting.",
            "have its owner correct the mapping and replay what waits; "
            f"{deployment.next('log', 'feedback-worker')}; or raise FEEDBACK_SOURCE_WAITING_BYTES_MAX",
        )
