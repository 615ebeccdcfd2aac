"""One statement holds everything that is stored together."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.items.statement import Rows, compose, statement, store_with
from shared.clock import now
from shared.ids import new_id

BOTH = [Rows("one", [{"a": 1, "b": 2}]), Rows("two", [{"c": 3}, {"c": 4}])]


def test_rows_become_parameters_in_their_order() -> None:
    assert compose(BOTH) == (
        "WITH part_0 AS (INSERT INTO one (a, b) VALUES ($1, $2)) INSERT INTO two (c) VALUES ($3), ($4)",
        [1, 2, 3, 4],
    )


def test_one_table_needs_no_with() -> None:
    assert compose(BOTH[1:])[0] == "INSERT INTO two (c) VALUES ($1), ($2)"


def test_the_text_is_made_once_for_each_shape() -> None:
    assert statement(tuple(rows.shape for rows in BOTH)) is statement(tuple(rows.shape for rows in BOTH))


async def test_what_cannot_be_stored_whole_is_not_stored(session: AsyncSession) -> None:
    code_id = new_id()
    code = {"id": code_id, "reply_ref": code_id.hex, "issued_at": now()}
    with pytest.raises(IntegrityError):
        async with session.begin_nested():
            await store_with(
                session, [Rows("reply_code", [code]), Rows("reply_code", [code | {"id": new_id()}])]
            )
    assert await session.scalar(text("SELECT 1 FROM reply_code WHERE id = :id"), {"id": code_id}) is None
