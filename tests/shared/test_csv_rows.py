"""Rows of CSV with the line on which each begins."""

import io

import pytest

from shared.csv_rows import BadCsv, rows_of_csv


def rows(text: str) -> list[tuple[int, list[str]]]:
    """Read a text."""
    return list(rows_of_csv(io.StringIO(text, newline="")))


def test_a_row_has_the_line_on_which_it_begins() -> None:
    assert rows('a,b\n"one\ntwo",2\n\nx,y\n') == [(1, ["a", "b"]), (2, ["one\ntwo", "2"]), (5, ["x", "y"])]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('a,b\n1,2\n"x,y\n', 3, "never ends"),
        ('a,b\n"x"y,2\n', 2, "write a quotation mark within a field twice"),
        ('a,b\n"said,2\nx,"y"\n', 2, "write a quotation mark within a field twice"),
        ("a,b\n" + "x" * 131_073 + ",2\n", 2, "longer than 131,072 characters"),
    ],
)
def test_what_cannot_be_read_is_named_by_its_line(text: str, line: int, words: str) -> None:
    with pytest.raises(BadCsv, match=words) as refused:
        rows(text)
    assert refused.value.line == line


def test_nothing_has_no_rows() -> None:
    assert rows("") == []
