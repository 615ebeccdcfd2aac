"""Reading the files."""

import gzip
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from services.registry.imports.files import BadFile, Row, parse_day, parse_whole, read_rows

TEXT = "name,count\nStoke-on-Trent,1\n"


@pytest.fixture
def bad(tmp_path: Path) -> Callable[[bytes], str]:
    """Return what tells why a file cannot be read."""

    def read(content: bytes, name: str = "a.csv") -> str:
        (tmp_path / name).write_bytes(content)
        with pytest.raises(BadFile) as refused:
            list(read_rows(tmp_path, name))
        return str(refused.value)

    return read


def row(tmp_path: Path, **fields: str) -> Row:
    """Return the only row of a file."""
    (tmp_path / "a.csv").write_text(",".join(fields) + "\n" + ",".join(fields.values()) + "\n")
    (found,) = read_rows(tmp_path, "a.csv")
    return found


def test_rows_are_read_packed_or_not(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(TEXT)
    (tmp_path / "b.csv.gz").write_bytes(gzip.compress(TEXT.encode()))
    assert list(read_rows(tmp_path, "a.csv")) == list(read_rows(tmp_path, "b.csv.gz"))
    assert list(read_rows(tmp_path, "a.csv")) == [{"name": "Stoke-on-Trent", "count": "1"}]


def test_a_row_knows_where_it_stands(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('name,count\n"two\nlines",1\nYork,2\n')
    assert [each.at for each in read_rows(tmp_path, "a.csv")] == [("a.csv", 2), ("a.csv", 4)]


def test_a_mark_of_byte_order_is_no_part_of_the_first_column(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("\ufeff" + TEXT)
    assert next(read_rows(tmp_path, "a.csv"))["name"] == "Stoke-on-Trent"


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=r"^a\.csv, line 1, column colour: the file lacks this column$"):
        row(tmp_path, name="x")["colour"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "a.csv: the file is empty: its first line must name the columns"),
        (b"name\nx\n\xe9t\xe9\n", "a.csv, line 3: the line is not UTF-8 (byte 1)"),
        (b"name\nx\0\n", "a.csv, line 2: the line has a NUL character"),
        (b"a,b\n1,2\n3\n", "a.csv, line 3: the row must have 2 fields, one for each column"),
        (b"a,b\n1,2,3\n", "a.csv, line 2: the row must have 2 fields, one for each column"),
    ],
)
def test_what_is_no_table_is_refused_by_line(
    bad: Callable[[bytes], str], content: bytes, reason: str
) -> None:
    assert bad(content) == reason


def test_a_field_without_end_is_no_table(bad: Callable[[bytes], str]) -> None:
    assert "line 2: a field is longer than" in bad(b'a\n"' + b"x" * 200_000 + b"\n")


@pytest.mark.parametrize(
    "content", [b"plain", gzip.compress(TEXT.encode())[:-9]], ids=["not packed", "cut off"]
)
def test_what_is_not_packed_or_cut_off_is_refused(bad: Callable[..., str], content: bytes) -> None:
    assert "not packed by gzip, or it is cut off" in bad(content, "a.csv.gz")


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
    assert parse_day(text) == found


def test_what_is_no_day_is_refused() -> None:
    with pytest.raises(ValueError, match="isoformat"):
        parse_day("soon")


def test_a_blank_number_is_not_known_never_zero() -> None:
    assert parse_whole("") is None
    assert parse_whole("0") == 0


def test_fields_are_read_as_what_they_are(tmp_path: Path) -> None:
    found = row(tmp_path, on="2016-03-30", count="7", part="0.25", nothing="")
    assert (found.day("on"), found.whole("count"), found.share("part")) == (date(2016, 3, 30), 7, 0.25)
    assert (found.day("nothing"), found.whole("nothing")) == (None, None)


@pytest.mark.parametrize("text", ["soon", "one", "nan", "-1", ""])
def test_what_a_field_cannot_be_is_refused_by_line_and_column(tmp_path: Path, text: str) -> None:
    found = row(tmp_path, field=text, other="x")
    reads = [found.share] if text in {"", "-1"} else [found.day, found.whole, found.share]
    for read in reads:
        with pytest.raises(BadFile, match=rf"^a\.csv, line 2, column field: '{text}' is not a "):
            read("field")
