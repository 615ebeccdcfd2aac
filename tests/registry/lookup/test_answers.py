"""What was told lately is kept, and not more than that."""

import orjson
from hypothesis import given
from hypothesis import strategies as st

from services.registry.lookup.answers import AnswerCache, KeptAnswer


def told(name: str) -> KeptAnswer:
    """Return an answer as it is kept."""
    area: dict[str, object] = {"kind": "ccg"}
    return KeptAnswer.of(as_of="2026-11-23", footprint=name, areas=[area], matched_by={"body": None})


def test_what_is_kept_is_found_again() -> None:
    kept = AnswerCache()
    assert kept.get((1, "a")) is None
    assert kept.keep((1, "a"), told("QHM")) == told("QHM")
    assert kept.get((1, "a")) == told("QHM")
    assert kept.get((2, "a")) is None


def test_an_answer_is_completed_for_each_place() -> None:
    answer = told("QHM")
    whole = orjson.loads(answer.with_place({"method": "postcode"}, [{"kind": "small_area"}]))
    assert whole == {
        "as_of": "2026-11-23",
        "footprint": "QHM",
        "matched_by": {"body": None, "method": "postcode"},
        "areas": [{"kind": "small_area"}, {"kind": "ccg"}],
    }
    assert answer == told("QHM")


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 9)), max_size=60))
def test_those_that_were_asked_for_last_stay(steps: list[tuple[bool, int]]) -> None:
    kept, recent = AnswerCache(size=3), list[int]()
    for asks, key in steps:
        if asks:
            assert (kept.get(key) is not None) == (key in recent)
            recent = [each for each in recent if each != key] + [key] * (key in recent)
        else:
            kept.keep(key, told(str(key)))
            recent = ([each for each in recent if each != key] + [key])[-3:]
        assert list(kept.answers) == recent
