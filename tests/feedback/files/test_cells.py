"""Cells as spreadsheets have them."""

from datetime import date, datetime

import pytest

from services.feedback.files.cells import (
    FIRST_DAY_1904,
    Cell,
    CellFault,
    cell_of_value,
    date_of_cell,
    is_missing,
    number_of_cell,
    sections_of_format,
)


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("03/04/2026", "2026-04-03"),
        ("3.4.26", "2026-04-03"),
        ("3 April 2026", "2026-04-03"),
        ("3rd Apr 2026 14:05", "2026-04-03"),
        ("03-Apr-26", "2026-04-03"),
        ("2026-04-03T09:00:00Z", "2026-04-03"),
        ("46115", "2026-04-03"),
        ("46115.604", "2026-04-03"),
        ("2026-04", "2026-04"),
        ("2026", "2026"),
    ],
)
def test_a_date_is_read_in_englands_order(said: str, day: str) -> None:
    assert date_of_cell(Cell("text", said)) == day


def test_a_date_may_have_the_month_first_or_count_from_1904() -> None:
    assert date_of_cell(Cell("text", "04/03/2026"), "month_first") == "2026-04-03"
    assert date_of_cell(Cell("number", "44653"), first_day=FIRST_DAY_1904) == "2026-04-03"
    assert date_of_cell(cell_of_value(datetime(2026, 4, 3, 9, 30))) == "2026-04-03"  # noqa: DTZ001 -- as Excel
    assert date_of_cell(cell_of_value(date(2026, 4, 3))) == "2026-04-03"


@pytest.mark.parametrize("said", ["31/02/2026", "04/13/2026x", "13/13/2026", "soon", "99999", "3 Foo 2026"])
def test_what_is_no_date_is_said_without_repeating_it(said: str) -> None:
    with pytest.raises(CellFault) as fault:
        date_of_cell(Cell("text", said))
    assert said not in str(fault.value)


@pytest.mark.parametrize(
    ("said", "number"), [("4,5", 4.5), ("1.234,5", 1234.5), ("1,234.5", 1234.5), ("50%", 0.5), ("-3", -3.0)]
)
def test_a_number_may_have_a_decimal_comma(said: str, number: float) -> None:
    assert number_of_cell(Cell("text", said)) == number


@pytest.mark.parametrize("said", ["four", "1,2,3", "", "nan", "1e400", "٣"])
def test_what_is_no_number_is_refused(said: str) -> None:
    with pytest.raises(CellFault):
        number_of_cell(Cell("text", said))


def test_words_for_nothing_are_missing_and_errors_are_not() -> None:
    assert is_missing(Cell("text", " null "), {"null"})
    assert is_missing(Cell(), set())
    assert not is_missing(Cell("error", "#N/A"), {"#n/a"})
    with pytest.raises(CellFault, match="error"):
        number_of_cell(Cell("error", "#N/A"))


@pytest.mark.parametrize(
    ("number_format", "value", "hidden"),
    [
        ('[<5]"*";0', 3, True),
        ('[<5]"*";0', 7, False),
        ('[=0]0;[<5]"*";0', 0, False),
        (";;;", 3, True),
        ('0;-0;"-"', 0, True),
        ("0;-0;0", 0, False),
        ("0.0%", 0.2, False),
        ("dd/mm/yyyy", 46115, False),
        ("General", 1, False),
        ('#,##0" people"', 1, False),
        ('"*"', 3, True),
        ('"a;b"0;"c;d"', 3, False),
        ('"a;b"0;"c;d"', -3, True),
        ('0"' + "x" * 260 + '"', 3, True),
    ],
)
def test_a_format_that_hides_a_number_withholds_it(number_format: str, value: float, hidden: bool) -> None:
    assert (cell_of_value(value, number_format).kind == "withheld") is hidden


def test_a_format_is_looked_through_once_however_many_quotation_marks_it_has() -> None:
    steps = [len(sections_of_format(';"' * number)) for number in (10, 100)]
    assert steps == [6, 51]
    assert sections_of_format('0;"a;b";@') == ["0", '"a;b"', "@"]
