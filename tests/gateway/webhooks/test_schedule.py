"""When a delivery is tried again."""

from datetime import UTC, datetime, timedelta

import pytest

from services.gateway.webhooks.schedule import ASKED_MAX, ATTEMPTS_MAX, JITTER, WAITS, retry_after, wait_after

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_ten_tries_over_76_hours() -> None:
    assert ATTEMPTS_MAX == 10
    assert timedelta(hours=75) < sum(WAITS, timedelta()) < timedelta(hours=76)
    assert list(WAITS) == sorted(WAITS)


@pytest.mark.parametrize("attempts", range(1, ATTEMPTS_MAX))
def test_each_wait_is_as_scheduled_give_or_take(attempts: int) -> None:
    waits = [wait_after(attempts) for _ in range(50)]
    scheduled = WAITS[attempts - 1]
    assert all(wait and scheduled * (1 - JITTER) <= wait <= scheduled * (1 + JITTER) for wait in waits)
    assert len(set(waits)) > 1


def test_after_the_last_try_there_is_none() -> None:
    assert wait_after(ATTEMPTS_MAX) is None
    assert wait_after(ATTEMPTS_MAX, timedelta(hours=1)) is None


def test_a_subscriber_may_ask_for_more_but_not_for_less() -> None:
    assert wait_after(1, timedelta(hours=3)) == timedelta(hours=3)
    assert wait_after(1, timedelta(days=30)) == ASKED_MAX
    shorter = wait_after(4, timedelta(seconds=1))
    assert shorter is not None
    assert shorter > timedelta(hours=1)


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("120", timedelta(seconds=120)),
        (" 7 ", timedelta(seconds=7)),
        ("99999999999999999999", ASKED_MAX),
        ("Mon, 23 Nov 2026 12:05:00 GMT", timedelta(minutes=5)),
        ("Mon, 23 Nov 2020 12:05:00 GMT", timedelta()),
        ("Mon, 23 Nov 2026 12:05:00", None),
        ("Mon Nov 23 12:05:00 2026", timedelta(minutes=5)),
        ("Mon Nov  2 12:05:00 2026", timedelta()),
        ("Monday, 23-Nov-26 12:05:00 GMT", timedelta(minutes=5)),
        ("Mon, 23 Nov 99999 12:05:00 GMT", None),
        ("Mon, 99 Nov 2026 12:05:00 GMT", None),
        ("Mon, 23 Nov 2026 12:05:00 +9999999", None),
        ("soon", None),
        ("-5", None),
        ("٣", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_read(header: str | None, wait: timedelta | None) -> None:
    assert retry_after(header, AT) == wait
