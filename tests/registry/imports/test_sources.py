"""Reading the files."""

import gzip
from datetime import date
from pathlib import Path

import pytest

from services.registry.imports.sources import day, rows, whole


def test_rows_are_read_packed_or_not(tmp_path: Path) -> None:
    text = "name,count\nStoke-on-Trent,1\n"
    (tmp_path / "a.csv").write_text(text)
    (tmp_path / "b.csv.gz").write_bytes(gzip.compress(text.encode()))
    assert list(rows(tmp_path, "a.csv")) == list(rows(tmp_path, "b.csv.gz"))
    assert list(rows(tmp_path, "a.csv")) == [{"name": "Stoke-on-Trent", "count": "1"}]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2016-03-30", date(2016, 3, 30)),
        ("2016-04", date(2016, 4, 1)),
        ("2017", date(2017, 1, 1)),
        ("", None),
    ],
)
def test_a_day_may_be_a_month_or_a_year(text: str, found: date | None) -> None:
    assert day(text) == found


def test_what_is_no_day_is_refused() -> None:
    with pytest.raises(ValueError, match="isoformat"):
        day("soon")


def test_a_blank_number_is_not_known_never_zero() -> None:
    assert whole("") is None
    assert whole("0") == 0
