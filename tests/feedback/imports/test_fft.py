"""Comments of the Friends and Family Test say no more than the file knows."""

from pathlib import Path

import pytest

from services.feedback.imports.fft import (
    COLUMNS,
    DEMONSTRATION,
    NotThisFormat,
    date_of_row,
    feedback_of_row,
    read_feedback,
    read_rows,
    themes_of_row,
)
from services.feedback.items.rows import stored_theme
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


def test_labels_stay_under_their_version() -> None:
    row = ROW | {"labels": "number_and_deployment_of_staff;care_plans;staff_responsiveness", "sentiment": "4"}
    staff = {"code": "staffing_levels_and_responsiveness", "by": "sender"}
    given = feedback_of_row(row | {"feedback_id": "one"}).themes
    assert [stored_theme(each, "sender") for each in given] == [
        staff | {"labelled_as": {"version": "v6", "code": "number_and_deployment_of_staff"}},
        {"code": "care_plans", "by": "sender", "labelled_as": {"version": "v6", "code": "care_plans"}},
        staff | {"labelled_as": {"version": "v6", "code": "staff_responsiveness"}},
    ]


def test_the_sentiment_is_the_polarity_of_a_theme_alone() -> None:
    assert themes_of_row(ROW) == [{"version": "v6", "code": "timeliness_of_care", "polarity": "positive"}]


def test_nobody_is_said_to_have_given_permission() -> None:
    assert feedback_of_row(ROW | {"feedback_id": "one"}).permissions.publish == "not_asked"


def test_all_that_ships_can_be_read_and_is_of_one_trust() -> None:
    rows = read_rows(DEMONSTRATION)
    assert {row.fields and row.fields["trust_ods_code"] for row in rows} == {"RX6"}
    assert not [each for each in read_feedback(rows) if isinstance(each, str)]


def written(folder: Path, *lines: str) -> Path:
    """A file with these lines below its header."""
    path = folder / "comments.csv"
    path.write_text("\n".join([",".join(sorted(COLUMNS)), *lines, ""]))
    return path


def line_of(text: str, number: int) -> str:
    """A line of a file with this text, as it stands there."""
    fields = ROW | {"feedback_id": str(number), "text": text}
    return ",".join(fields[column] for column in sorted(COLUMNS))


def test_a_quotation_mark_that_nobody_closed_refuses_the_file_by_its_line(
    tmp_path: Path,
) -> None:
    lines = [line_of("Kind.", 1), line_of('"He said', 2), line_of("Slow.", 3), line_of('"Fine."', 4)]
    with pytest.raises(NotThisFormat, match=r"line 3: .* Nothing was imported\."):
        read_rows(written(tmp_path, *lines))


def test_a_quotation_mark_open_to_the_end_refuses_the_file(tmp_path: Path) -> None:
    with pytest.raises(NotThisFormat, match="line 2: a field that begins with a quotation mark never ends"):
        read_rows(written(tmp_path, line_of('"He said', 1), line_of("Slow.", 2)))


def test_a_field_of_any_length_is_read_or_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(NotThisFormat, match="line 2: a field is longer than 131,072 characters"):
        read_rows(written(tmp_path, line_of("a" * 131_073, 1)))


def test_a_row_with_too_few_fields_is_rejected_alone_by_its_line(tmp_path: Path) -> None:
    path = written(tmp_path, line_of('"Two\nlines"', 1), "short", line_of("Slow.", 3))
    read = list(read_feedback(read_rows(path)))
    assert read[1] == "line 4: it must have one field for each column"
    assert [each.answers[0].text for each in read if not isinstance(each, str)] == ["Two\nlines", "Slow."]
