"""Ids sort by the time they were made, and an old one cannot be on its way."""

from uuid import UUID, uuid4

import pytest

from shared.ids import is_recent, new_id

HOUR = 3_600_000


def id_of_age(age_ms):
    """An id that was made so many milliseconds ago."""
    return UUID(int=new_id().int - (age_ms << 80))


def test_ids_are_of_version_7_and_sort():
    made = [new_id() for _ in range(1000)]
    assert {each.version for each in made} == {7}
    assert made == sorted(made)
    assert len(set(made)) == 1000


@pytest.mark.parametrize("age_ms", [0, 1000, HOUR - 1000, -50_000])
def test_what_was_made_in_the_last_hour_may_be_on_its_way(age_ms):
    assert is_recent(id_of_age(age_ms))


@pytest.mark.parametrize(
    "make",
    [
        lambda: id_of_age(HOUR + 1000),
        lambda: id_of_age(-120_000),
        lambda: UUID(int=new_id().int & ~(0xF << 76) | 4 << 76),
        lambda: UUID(int=new_id().int & ~(0b11 << 62)),
        uuid4,
        lambda: UUID(int=0),
        lambda: UUID(int=2**128 - 1),
    ],
    ids=["too old", "too new", "version 4", "another variant", "random", "nothing", "all"],
)
def test_what_is_older_or_later_or_no_id_of_ours_is_not(make):
    # It is made now: tests are listed minutes before they run.
    assert not is_recent(make())
