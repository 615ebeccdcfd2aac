"""The body that answers for another that was taken over."""

from dataclasses import dataclass, field
from uuid import UUID

from services.loop.copies.successors import follow_successors
from shared.copies import SUCCESSIONS_MAX
from shared.ids import new_id


@dataclass
class Body:
    """A copy of a body, in the memory of the test."""

    name: str
    successors: list[dict[str, object]] = field(default_factory=list)
    closed: bool = True
    id: UUID = field(default_factory=new_id)


def heir(body, share):
    return {"id": str(body.id), "share": share}


async def heir_of(body, *others):
    known = {each.id: each for each in (body, *others)}

    async def find(body_id):
        return known.get(body_id)

    return (await follow_successors(body, find, lambda each: each.closed)).name


async def test_a_body_without_successors_answers_itself():
    assert await heir_of(Body("a")) == "a"


async def test_a_body_that_is_not_succeeded_yet_answers_itself():
    following = Body("b")
    assert await heir_of(Body("a", [heir(following, "1")], closed=False), following) == "a"


async def test_the_largest_share_answers_and_so_on():
    last = Body("d", closed=False)
    small, large = Body("b"), Body("c", [heir(last, 1)])
    assert await heir_of(Body("a", [heir(small, "0.25"), heir(large, "0.75")]), small, large, last) == "d"


async def test_a_share_that_nobody_knows_is_the_least_and_the_first_of_equals_answers():
    known, first, second = Body("b", closed=False), Body("c", closed=False), Body("d", closed=False)
    assert await heir_of(Body("a", [heir(first, None), heir(known, 0.1)]), first, known) == "b"
    assert await heir_of(Body("a", [heir(first, None), heir(second, None)]), first, second) == "c"


async def test_a_successor_that_is_not_known_here_answers_nothing():
    assert await heir_of(Body("a", [heir(Body("unknown"), 1)])) == "a"


async def test_a_circle_ends():
    first, second = Body("a"), Body("b")
    first.successors, second.successors = [heir(second, 1)], [heir(first, 1)]
    assert SUCCESSIONS_MAX % 2 == 0
    assert await heir_of(first, second) == "a"
