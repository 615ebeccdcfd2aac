"""The weights that ship, and what they suggest without a library."""

import gzip

import pytest

from services.feedback.themes.examples import read_examples
from services.feedback.themes.features import BLOCKS, BUCKETS, features_of
from services.feedback.themes.suggesting import (
    FILE,
    LANE_BYTES,
    MIDDLE,
    Head,
    ThemeModel,
    load_model,
    read_model,
    write_model,
)
from services.feedback.themes.taxonomy import load_taxonomy

MODEL_BYTES_MAX = 8 * 1_048_576
MEMORY_BYTES_MAX = 20 * 1_048_576
WORDS = "We waited three hours for the ambulance."


def two_labels(weights: dict[int, tuple[int, int]]) -> ThemeModel:
    """A model of two labels with these weights by bucket, which all other buckets lack."""
    packed = bytearray([MIDDLE]) * (2 * BUCKETS)
    rarity = bytearray(BUCKETS)
    for bucket, pair in weights.items():
        rarity[bucket] = 10
        packed[2 * bucket : 2 * bucket + 2] = bytes(MIDDLE + each for each in pair)
    head = Head(version="t", edition="v7", labels=["a", "b"], limits=[0, 0], scales=[1, 0.5], start=[0, 0.25])
    return read_model(write_model(head, bytes(rarity), bytes(packed)))


def test_the_weights_stay_small_and_know_the_taxonomy() -> None:
    model = load_model()
    assert FILE.stat().st_size <= MODEL_BYTES_MAX
    assert len(model.rows) + len(model.rarity) <= MEMORY_BYTES_MAX
    assert len(model.rows) == LANE_BYTES * BUCKETS * len(model.head.labels)
    assert set(model.head.labels) <= set(load_taxonomy()) | {"not_assigned"}


def test_scores_are_the_weighted_mean_of_the_features() -> None:
    (word,) = BLOCKS[0].hash_all(["rain"])
    model = two_labels({word: (3, -4)})
    assert model.suggest("Rain") == [("a", 3.0)]
    assert model.suggest("Sun") == [("b", 0.25)]


def test_the_longest_text_overflows_into_no_other_label() -> None:
    every = {bucket: (-MIDDLE, MIDDLE - 1) for block in features_of("x y " * 5000, "", 1) for bucket in block}
    model = two_labels(every)
    found = dict(model.suggest("x y " * 5000, "", 1))
    assert list(found) == ["b"]


@pytest.mark.parametrize("text", ["", " ", "!!!", "\u0301", "é" * 9000, "<b>", "\U0001f600"])
def test_any_text_can_be_read(text: str) -> None:
    assert isinstance(load_model().suggest(text), list)


def test_a_wait_for_an_ambulance_is_about_time() -> None:
    found = [each.code for each in load_model().suggest(WORDS, "What could we do better?", 5)]
    assert found[0] == "timeliness_of_care"


def test_the_file_is_data() -> None:
    assert gzip.decompress(FILE.read_bytes()).startswith(b'{"version":')


def test_the_examples_are_the_comments_that_ship_by_respondent() -> None:
    examples = read_examples()
    assert (len(examples), len({example.respondent for example in examples})) == (4949, 3296)
