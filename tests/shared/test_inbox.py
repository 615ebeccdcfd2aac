"""The inbox: an event takes effect once, and one that cannot be borne is kept."""

from sqlalchemy import select

from shared.ids import new_id
from shared.inbox import DeadLetter, first_times, keep_dead_letter


async def test_each_consumer_takes_an_event_once(sessions):
    one, two = new_id(), new_id()
    async with sessions.begin() as session:
        assert await first_times(session, "loop-reactions", [one, one]) == {one}
    async with sessions.begin() as session:
        assert await first_times(session, "loop-reactions", [one, two]) == {two}
        assert await first_times(session, "gateway-all", [one]) == {one}


async def test_what_is_rolled_back_was_not_taken(sessions):
    one = new_id()
    async with sessions() as session:
        assert await first_times(session, "loop-reactions", [one]) == {one}
        await session.rollback()
    async with sessions.begin() as session:
        assert await first_times(session, "loop-reactions", [one]) == {one}


async def test_a_dead_letter_that_fails_again_is_open_again(sessions):
    one = new_id()
    async with sessions.begin() as session:
        await keep_dead_letter(session, "loop-reactions", one, "loop.drafted", "{}", "ValueError")
        letter = await session.scalar(select(DeadLetter))
        letter.replayed_at = letter.failed_at
    async with sessions.begin() as session:
        await keep_dead_letter(session, "loop-reactions", one, "loop.drafted", "ignored", "KeyError")
    async with sessions() as session:
        [letter] = await session.scalars(select(DeadLetter))
    assert (letter.event_id, letter.body, letter.error, letter.replayed_at) == (one, "{}", "KeyError", None)
