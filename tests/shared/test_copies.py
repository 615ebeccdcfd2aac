"""Copies of what others own: only what is newer is kept."""

import pytest
from sqlalchemy import select

from shared.copies import keep_newest, may_arrive, problem_of_unknown
from shared.errors import CodeUnknown, IdUnknown, NotHereYet
from shared.events import Envelope
from shared.ids import new_id
from tests.shared.thing import Thing, ThingCopy, drafted


def an_envelope(thing_id, sequence):
    return Envelope.wrap(drafted(Thing(id=thing_id, name="x")), sequence)


async def kept(sessions, *told):
    """What is kept once these states have come, each with its sequence."""
    thing_id = new_id()
    async with sessions.begin() as session:
        for sequence, name in told:
            await keep_newest(session, ThingCopy, [(an_envelope(thing_id, sequence), {"name": name})])
        found = (await session.scalars(select(ThingCopy).where(ThingCopy.id == thing_id))).one()
        return found.sequence, found.name


@pytest.mark.parametrize(
    ("told", "stays"),
    [
        ([(1, "a"), (2, "b")], (2, "b")),
        ([(2, "b"), (1, "a")], (2, "b")),
        ([(1, "a"), (3, "c"), (2, "b")], (3, "c")),
        ([(2, "b"), (2, "again")], (2, "b")),
    ],
)
async def test_what_is_newest_stays_in_whatever_order_it_comes(sessions, told, stays):
    assert await kept(sessions, *told) == stays


async def test_many_states_of_many_things_leave_the_newest_of_each(sessions):
    one, two = new_id(), new_id()
    told = [(one, 2, "b"), (two, 1, "c"), (one, 1, "a"), (two, 3, "e"), (two, 2, "d")]
    async with sessions.begin() as session:
        await keep_newest(
            session, ThingCopy, [(an_envelope(each, number), {"name": name}) for each, number, name in told]
        )
        await keep_newest(session, ThingCopy, [])
        found = await session.scalars(select(ThingCopy).where(ThingCopy.id.in_([one, two])))
        assert {each.id: (each.sequence, each.name) for each in found} == {one: (2, "b"), two: (3, "e")}


@pytest.mark.parametrize(
    ("ref", "problem"),
    [
        ("ods:ZZZ9", CodeUnknown),
        ("01890000-0000-7000-8000-000000000000", IdUnknown),
        ("67e55044-10b1-426f-9247-bb680e5fe0c8", IdUnknown),
        (None, NotHereYet),
    ],
)
def test_only_an_id_that_was_made_a_moment_ago_is_awaited(ref, problem):
    ref = ref or str(new_id())
    unknown = problem_of_unknown(ref, "/organisation")
    assert type(unknown) is problem
    assert may_arrive(ref) == (problem is NotHereYet)
    assert unknown.errors[0].pointer == "/organisation"
    assert unknown.headers == ({"Retry-After": "1"} if problem is NotHereYet else {})
