"""How far a consumer got, and what it missed."""

from datetime import timedelta

import pytest

from shared.bus import Reach
from shared.clock import now
from shared.positions import find_position, keep_reach

DAY = timedelta(days=1)
TODAY = now()


async def reach(sessions, *, reached, lost=None):
    """Let a consumer be seen to have got so far, and return what is kept of that."""
    async with sessions.begin() as session:
        seen = Reach(TODAY, TODAY, reached_at=reached, lost_until=lost)
        lag = await keep_reach(session, "loop-reactions", "feedback", seen)
        return await find_position(session, "loop-reactions", "feedback"), lag


async def test_a_position_only_goes_on(sessions):
    await reach(sessions, reached=TODAY - DAY)
    position, lag = await reach(sessions, reached=TODAY - 2 * DAY)
    assert (position.reached_at, lag) == (TODAY - DAY, DAY)
    position, lag = await reach(sessions, reached=None)
    assert (position.reached_at, lag) == (TODAY - DAY, DAY)
    position, lag = await reach(sessions, reached=TODAY)
    assert (position.reached_at, lag) == (TODAY, timedelta(0))


@pytest.mark.parametrize(("reached", "is_missed"), [(40, True), (20, False)])
async def test_what_a_stream_let_go_of_before_it_was_taken_is_missed(sessions, reached, is_missed):
    await reach(sessions, reached=TODAY - reached * DAY)
    await reach(sessions, reached=None, lost=TODAY - 30 * DAY)
    position, _ = await reach(sessions, reached=TODAY, lost=TODAY - 30 * DAY)
    expected = (TODAY - 40 * DAY, TODAY - 30 * DAY) if is_missed else (None, None)
    assert (position.missed_since, position.missed_until) == expected
