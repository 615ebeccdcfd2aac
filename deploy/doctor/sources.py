"""The sources of feedback that are full, or nearly, and those that have fallen silent."""

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


SILENT = """
    SELECT id, silent_since FROM source WHERE state = 'live' AND silent_since >= coalesce((
        SELECT received_at FROM source_received WHERE source_id = source.id ORDER BY id DESC LIMIT 1
    ), silent_since)
    ORDER BY silent_since, id LIMIT $1
"""


async def check_sources(connection: Connection, deployment: Deployment) -> AsyncIterator[Fault]:
    """Name each source that has used up four fifths of what may wait of it, and each that is silent."""
    async for fault in full_sources(connection, deployment):
        yield fault
    for each in await connection.fetch(SILENT, NAMED_MAX):
        yield Fault(
            "source_silent",
            f"The source {each['id']} has sent nothing since {each['silent_since']:%d %B %Y, %H:%M} UTC, "
            "which is longer than is usual for it.",
            "ask its owner whether its system still posts; they see `health` and `attempts` of the source",
            note=True,
        )


async def full_sources(connection: Connection, deployment: Deployment) -> AsyncIterator[Fault]:
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
