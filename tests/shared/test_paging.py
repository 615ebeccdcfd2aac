"""A cursor stands for a row's key and for nothing else."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import BigInteger, DateTime, Integer, String, Uuid, column

from shared.paging import BadCursor, KeyColumn, cursor_of, values_of

COLUMNS: list[KeyColumn] = [
    column("at", DateTime(timezone=True)),
    column("name", String),
    column("n", Integer),
    column("id", Uuid),
]
SAFE = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


@given(st.datetimes(timezones=st.just(UTC)), SAFE, st.integers(0, 2**31 - 1), st.uuids())
def test_a_cursor_gives_back_the_key_that_it_was_made_of(at, name, number, row_id):
    key = [at, name, number, row_id]
    assert values_of(cursor_of(key), COLUMNS) == key


@given(st.text(max_size=60))
def test_no_other_text_is_a_cursor(text):
    with pytest.raises(BadCursor):
        values_of(text, COLUMNS)


@pytest.mark.parametrize(
    "key",
    [
        ["x"],
        ["2026-01-01T00:00:00+00:00", "a\0b", 1, str(UUID(int=1))],
        ["2026-01-01T00:00:00+00:00", None, 1, "no id"],
        ["0001-01-01T00:00:00+14:00", "a", 1, str(UUID(int=1))],
        ["2026-01-01T00:00:00+00:00", "\ud800", 1, str(UUID(int=1))],
        ["2026-01-01T00:00:00+00:00", "a", 2**31, str(UUID(int=1))],
        ["2026-01-01T00:00:00+00:00", "a", -(10**30), str(UUID(int=1))],
        [{}, [], 1e400, True],
    ],
)
def test_a_cursor_of_the_wrong_kinds_is_refused(key):
    with pytest.raises(BadCursor):
        values_of(cursor_of(key), COLUMNS)


def test_a_cursor_of_another_list_is_refused():
    with pytest.raises(BadCursor):
        values_of(cursor_of([datetime.now(UTC)]), COLUMNS)


def test_a_large_number_goes_where_the_column_holds_it():
    assert values_of(cursor_of([2**63 - 1]), [column("n", BigInteger)]) == [2**63 - 1]
    with pytest.raises(BadCursor):
        values_of(cursor_of([2**63]), [column("n", BigInteger)])
