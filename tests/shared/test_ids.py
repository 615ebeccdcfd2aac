"""Ids sort by the time they were made."""

from shared.ids import new_id


def test_ids_are_of_version_7_and_sort():
    made = [new_id() for _ in range(1000)]
    assert {each.version for each in made} == {7}
    assert made == sorted(made)
    assert len(set(made)) == 1000
