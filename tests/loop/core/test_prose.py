"""What is objected to in prose, and what is not."""

import pytest

from services.loop.core import prose
from shared.plain_words import says_little

ACTIVITIES = {
    "Hold a meeting with residents.": "Hold a meeting",
    "We will set up a new working group by May.": "set up a new working group",
    "A workshop was held in the town hall.": "workshop was held",
    "People will notice that we hold regular public meetings.": "hold regular public meetings",
    "We reviewed our access policy.": "reviewed our access policy",
    "We will look into it.": "We will look into it",
    "Develop an engagement strategy.": "Develop an engagement strategy",
    "Raise awareness of the new door.": "Raise awareness",
    "To explore options for the entrance.": "To explore options for the entrance",
}
OUTCOMES = [
    "People will notice that the door opens by itself.",
    "People will notice that they wait at most 20 minutes for somebody to answer.",
    "People will notice that staff review their medicines with them at each visit.",
    "Nobody has to ask at the desk to be let in.",
    "Letters come in large print to everybody who asked for it.",
]


@pytest.mark.parametrize("text", ACTIVITIES)
def test_an_activity_is_quoted(text: str) -> None:
    found = prose.mere_activity(text)
    assert found is not None
    assert found.quote == ACTIVITIES[text]
    assert found.quote in str(found)


@pytest.mark.parametrize("text", OUTCOMES)
def test_an_outcome_is_let_through(text: str) -> None:
    assert prose.mere_activity(text) is None


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("", ""),
        ("No.", "No."),
        ("Unfortunately this is not possible at this time.", "Unfortunately"),
        ("We are unable to do this due to operational reasons, going forward.", "We are unable to"),
        ("As per policy it is not a priority for the board.", "As per policy"),
    ],
)
def test_a_thin_reason_is_quoted(text: str, quote: str) -> None:
    found = prose.thin_reason(text)
    assert found is not None
    assert found.quote == quote


@pytest.mark.parametrize(
    "text",
    [
        "aaaa bbbb cccc dddd eeee ffff gggg hhhh",
        "b c d e f g h j k l",
        ". . . . . . . . . .",
        "............",
        "no no no no no no no no no",
        "No, no! No no; no? No... no no (no).",
        "we will not we will not we will not",
    ],
)
def test_letters_dots_and_repetition_are_no_reason(text: str) -> None:
    assert prose.thin_reason(text) is not None
    assert says_little(text, prose.WORDS_OF_A_REASON)


@pytest.mark.parametrize("because", ["....", "aaaa", "x y z", "no no no no", "because", "-"])
def test_a_because_needs_words(because: str) -> None:
    assert prose.thin_excuse(because) is not None
    assert prose.thin_excuse("They asked for it.") is None


def test_a_reason_of_substance_is_let_through_with_a_phrase_in_it() -> None:
    text = "Unfortunately the council refused consent, because the front of the house is listed."
    assert prose.thin_reason(text) is None


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("There is no money for it this year.", "no money"),
        ("We cannot afford a second door.", "cannot afford"),
        ("A lack of trained staff makes it impossible.", "lack of trained staff"),
        ("The budget is short by £40,000: there is no money for it.", None),
        ("The front is listed and may not be changed.", None),
    ],
)
def test_resources_are_blamed_only_with_an_amount(text: str, quote: str | None) -> None:
    found = prose.unnamed_constraint(text)
    assert (found.quote if found else None) == quote


def test_a_long_quote_is_shortened() -> None:
    assert len(prose.shortened("word " * 100)) == 80
