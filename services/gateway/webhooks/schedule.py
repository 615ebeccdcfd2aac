"""When a delivery is attempted again: the schedule as data, with jitter."""

import random
import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

# The waits between ten attempts, 75.6 hours in all: the example of the Standard Webhooks specification.
WAITS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
ATTEMPTS_MAX = len(WAITS) + 1
# Each wait is stretched or shortened by up to this share, so that attempts do not all come together.
JITTER = 0.1
ASKED_MAX = timedelta(hours=24)
# The oldest of the three forms of a date that must be read (RFC 9110 §5.6.7): always in UTC.
ASCTIME = re.compile(r"\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}", re.ASCII)


def wait_after(attempts: int, asked: timedelta | None = None) -> timedelta | None:
    """How long to wait after this many failed attempts; None after the last.

    A subscriber may ask for more (Retry-After), up to a day. To ask for less would use up the attempts.
    """
    if attempts >= ATTEMPTS_MAX:
        return None
    wait = WAITS[attempts - 1] * random.uniform(1 - JITTER, 1 + JITTER)
    return max(wait, min(asked, ASKED_MAX)) if asked else wait


def retry_after(header: str | None, at: datetime) -> timedelta | None:
    """The wait that Retry-After asks for (RFC 9110 §10.2.3); None when it says nothing usable."""
    if not header:
        return None
    if header.strip().isascii() and header.strip().isdigit():
        return timedelta(seconds=min(int(header.strip()[:12]), int(ASKED_MAX.total_seconds())))
    try:
        until = parsedate_to_datetime(header)
        if ASCTIME.fullmatch(header.strip()):
            until = until.replace(tzinfo=UTC)
        return max(until - at, timedelta()) if until.tzinfo else None
    except (ValueError, TypeError, IndexError, OverflowError):
        # A date that no calendar holds.
        return None
