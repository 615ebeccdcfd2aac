"""What people say about themselves comes in closed lists, which the census has too."""

import pytest
from pydantic import ValidationError

from services.feedback.contributors.demographics import NHS_2001, NewDemographics
from services.feedback.heard.domain import QUESTIONS
from services.feedback.heard.population import load_population


@pytest.mark.parametrize(
    ("given", "group"),
    [
        ("A", "white_english_welsh_scottish_northern_irish_or"),
        ("R", "asian_chinese"),
        ("Z", "prefer_not_to_say"),
        ("99", "not_asked"),
        ("white_roma", "white_roma"),
    ],
)
def test_letters_of_2001_become_groups_of_2021(given: str, group: str) -> None:
    assert NewDemographics.model_validate({"ethnic_group": given}).ethnic_group == group


def test_every_letter_leads_to_a_group_of_the_list() -> None:
    for letter in NHS_2001:
        NewDemographics.model_validate({"ethnic_group": letter})


@pytest.mark.parametrize(
    "given",
    [{"sex": "x"}, {"age_band": "65"}, {"ethnic_group": "a"}, {"ethnic_group": "Q"}, {"imd_decile": 0}],
)
def test_other_codes_are_refused(given: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        NewDemographics.model_validate(given)


def test_each_group_has_residents_in_each_board() -> None:
    for board in load_population().values():
        for question, codes in QUESTIONS.items():
            missing = set(codes) - board[question].keys()
            assert missing == set() or question == "imd_decile"
