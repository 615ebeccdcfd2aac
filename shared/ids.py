"""Ids: UUIDs of version 7 (RFC 9562), which sort by the time they were made."""

from uuid import UUID

from uuid_utils.compat import uuid7

# What is made in one service is known in the others within seconds, or after an outage. After an hour it is
# likelier that the id is wrong, and nobody should be told to try again for ever.
ARRIVAL_MS_MAX = 3_600_000
# By how much the clocks of two machines may differ.
CLOCK_DRIFT_MS_MAX = 60_000


def new_id() -> UUID:
    """A new id."""
    return uuid7()


def is_recent(id_: UUID) -> bool:
    """Whether an id is one of ours and so new that what has it may still be on its way to this service."""
    age_ms = (new_id().int >> 80) - (id_.int >> 80)
    return id_.version == 7 and -CLOCK_DRIFT_MS_MAX <= age_ms <= ARRIVAL_MS_MAX
