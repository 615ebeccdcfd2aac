"""Every state and answer has plain words, and none shows its code."""

from typing import get_args

import pytest

from shared.events.loop import ClosedAs, DecisionAnswer, State
from shared.plain_words import ANSWERS, STATES


@pytest.mark.parametrize("state", [*get_args(State), *get_args(ClosedAs)])
def test_every_state_has_words_for_a_title_and_a_sentence(state: str) -> None:
    title, meaning = STATES[state]
    assert title[0].islower()
    assert not title.endswith(".")
    assert meaning.endswith((".", "?"))
    assert "_" not in title + meaning


def test_every_answer_continues_a_sentence_about_the_body() -> None:
    assert set(ANSWERS) == set(get_args(DecisionAnswer))
    assert all(words.split()[0] in {"will", "cannot", "has"} for words in ANSWERS.values())
    assert not any("_" in words for words in ANSWERS.values())


def test_no_two_states_share_a_title() -> None:
    assert len({words.title for words in STATES.values()}) == len(STATES)
