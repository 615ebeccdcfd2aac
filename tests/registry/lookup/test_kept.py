"""What was told lately is kept, and not more than that."""

from hypothesis import given
from hypothesis import strategies as st

from services.registry.lookup.kept import Kept


def test_what_is_kept_is_found_again() -> None:
    kept = Kept()
    assert kept.get((1, "a")) is None
    assert kept.keep((1, "a"), {"footprint": "QHM"}) == {"footprint": "QHM"}
    assert kept.get((1, "a")) == {"footprint": "QHM"}
    assert kept.get((2, "a")) is None


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 9)), max_size=60))
def test_those_that_were_asked_for_last_stay(steps: list[tuple[bool, int]]) -> None:
    kept, recent = Kept(most=3), list[int]()
    for asks, key in steps:
        if asks:
            assert (kept.get(key) is not None) == (key in recent)
            recent = [each for each in recent if each != key] + [key] * (key in recent)
        else:
            kept.keep(key, {"key": key})
            recent = ([each for each in recent if each != key] + [key])[-3:]
        assert list(kept.answers) == recent
