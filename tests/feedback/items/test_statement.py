"""One statement holds everything that is stored together."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.items.statement import (
    Rows,
    compose_statement,
    statement_of_shapes,
    store_rows_in_session,
)
from services.feedback.models import Identification, ReplyCode, Revision
from shared.clock import now
from shared.ids import new_id

BOTH = [
    Rows(Revision, [{"number": 1, "feedback_id": 2}]),
    Rows(Identification, [{"id": "a", "client_id": 3}, {"id": "b", "client_id": 4}]),
]


def test_values_are_passed_in_the_order_of_the_statement() -> None:
    text, values = compose_statement(BOTH)
    assert " ".join(text.split()) == (
        "WITH part_0 AS (INSERT INTO revision (feedback_id, number) VALUES ($5::UUID, $6::INTEGER))"
        " INSERT INTO identification (id, client_id) VALUES ($1::UUID, $2::UUID), ($3::UUID, $4::UUID)"
    )
    assert values == ["a", 3, "b", 4, 2, 1]


def test_one_table_needs_no_with() -> None:
    assert compose_statement(BOTH[1:])[0].startswith("INSERT INTO identification (id, client_id) VALUES ($1")


def test_the_text_is_made_once_for_each_shape() -> None:
    shapes = tuple(rows.shape for rows in BOTH)
    assert statement_of_shapes(shapes) is statement_of_shapes(shapes)


async def test_what_cannot_be_stored_whole_is_not_stored(session: AsyncSession) -> None:
    code_id = new_id()
    code = {"id": code_id, "reply_ref": code_id.hex, "issued_at": now()}
    with pytest.raises(IntegrityError):
        async with session.begin_nested():
            await store_rows_in_session(
                session, [Rows(ReplyCode, [code]), Rows(ReplyCode, [code | {"id": new_id()}])]
            )
    assert await session.scalar(text("SELECT 1 FROM reply_code WHERE id = :id"), {"id": code_id}) is None
