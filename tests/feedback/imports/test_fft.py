"""Comments of the Friends and Family Test say no more than the file knows."""

import pytest

from services.feedback.imports.fft import (
    DEMONSTRATION,
    date_of_row,
    feedback_of_row,
    read_feedback,
    read_rows,
    themes_of_row,
)
from tests.feedback.test_cli import ROW


@pytest.mark.parametrize(
    ("quality", "date"),
    [
        ("sure", "2021-10-05"),
        ("month first, sure", "2021-10-05"),
        ("ambiguous day/month", "2021"),
        ("day first assumed", "2021"),
    ],
)
def test_a_date_is_as_exact_as_the_source_is_sure(quality: str, date: str) -> None:
    assert date_of_row(ROW | {"date_quality": quality}) == date


def test_labels_become_the_themes_of_today() -> None:
    row = ROW | {"labels": "number_and_deployment_of_staff;care_plans;staff_responsiveness", "sentiment": "4"}
    assert themes_of_row(row) == [{"code": "staffing_levels_and_responsiveness", "polarity": None}]


def test_the_sentiment_is_the_polarity_of_a_theme_alone() -> None:
    assert themes_of_row(ROW) == [{"code": "timeliness_of_care", "polarity": "positive"}]


def test_nobody_is_said_to_have_given_permission() -> None:
    assert feedback_of_row(ROW | {"feedback_id": "one"}).permissions.publish == "not_asked"


def test_all_that_ships_can_be_read_and_is_of_one_trust() -> None:
    rows = read_rows(DEMONSTRATION)
    assert {row["trust_ods_code"] for row in rows} == {"RX6"}
    assert not [each for each in read_feedback(rows) if isinstance(each, str)]
