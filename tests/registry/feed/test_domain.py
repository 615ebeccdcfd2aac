"""Reading the feed: whatever the pages, each change comes once."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.registry.feed.domain import instant_of, place_of, read_changes
from services.registry.feed.schemas import ChangesAsked
from services.registry.settings import Settings
from shared.auth import Caller
from shared.errors import Invalid
from tests.fixtures.databases import SessionFor

LIMITS = st.lists(st.integers(1, 200), min_size=1, max_size=5)
FAMILY = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@FAMILY
@given(start=st.integers(0, 1000), limits=LIMITS)
async def test_paging_from_any_place_gives_each_change_once(
    imported: Settings, session_for: SessionFor, start: int, limits: list[int]
) -> None:
    session = await session_for("registry")
    whole: dict[str, Any] = {
        "since": str(start),
        "footprint": None,
        "record": None,
        "types": [],
        "limit": 400,
    }
    at_once, *_ = await read_changes(session, ChangesAsked.model_construct(None, **whole), Caller())
    found: list[object] = []
    since = str(start)
    for turn in range(400):
        asked = ChangesAsked(since=since, limit=limits[turn % len(limits)])
        page, last, more = await read_changes(session, asked, Caller())
        found, since = [*found, *(each.id for each in page)], str(last)
        if len(found) >= 400 or not more:
            break
    assert found[:400] == [each.id for each in at_once]


@given(st.datetimes(timezones=st.just(UTC)))
def test_an_instant_means_the_same_in_any_zone(at: datetime) -> None:
    assert instant_of(at.isoformat()) == instant_of(at.isoformat().replace("+00:00", "Z")) == at
    assert instant_of(at.isoformat().replace("+", " ")) == at


def test_a_day_is_its_beginning() -> None:
    assert instant_of("2026-04-01") == datetime(2026, 4, 1, tzinfo=UTC)


@pytest.mark.parametrize("given_", ["", "2026-04-01T00:00", "2026-13-01", "now"])
def test_what_is_no_time_is_refused(given_: str) -> None:
    with pytest.raises(Invalid):
        instant_of(given_)


async def test_a_place_that_the_feed_has_not_reached_is_refused(
    imported: Settings, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    assert await place_of(session, "7", 7) == 7
    assert await place_of(session, None, 7) == 0
    with pytest.raises(Invalid):
        await place_of(session, "8", 7)
