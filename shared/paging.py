"""Keyset paging: a cursor is the key of the last row, so a page costs the same wherever it is."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Annotated, Any, Generic, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Depends, Query, Request, Response
from pydantic import BaseModel
from sqlalchemy import BigInteger, ColumnElement, Integer, Select, UnaryExpression, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.operators import desc_op
from sqlalchemy.types import TypeEngine

from shared.errors import Invalid, raises

Item = TypeVar("Item")
KeyColumn = ColumnElement[Any] | InstrumentedAttribute[Any]
READERS: dict[type, Callable[[str], object]] = {
    UUID: UUID,
    # In UTC, as the database takes it: an instant outside its calendar is refused here.
    datetime: lambda text: datetime.fromisoformat(text).astimezone(UTC),
    date: date.fromisoformat,
    float: float,
}


class BadCursor(Invalid):
    """This list did not give that cursor. Start again without it."""


class Page(BaseModel, Generic[Item]):
    """One page of a list, and the path of the next."""

    items: list[Item]
    next: str | None


@dataclass(frozen=True, slots=True)
class PageQuery:
    """How many items of a list to give, and after which row."""

    limit: int = 50
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class PageRequest(PageQuery):
    """The page that a request asks for, and what is needed to answer it."""

    request: Request = field(kw_only=True)
    response: Response = field(kw_only=True)

    def answer(self, items: Sequence[Item], cursor: str | None) -> Page[Item]:
        """The page, with the path of the next one also in the `Link` header (RFC 8288)."""
        following = link_following(self.request, self.response, "cursor", cursor) if cursor else None
        return Page(items=list(items), next=following)


def link_following(request: Request, response: Response, name: str, value: object) -> str:
    """The path of a request's next page, where a parameter has this value; also set as `Link` (RFC 8288)."""
    kept = [(each, given) for each, given in request.query_params.multi_items() if each != name]
    following = f"{request.url.path}?{urlencode([*kept, (name, value)])}"
    response.headers["Link"] = f'<{following}>; rel="next"'
    return following


@raises(BadCursor)
async def page_request(
    request: Request,
    response: Response,
    limit: Annotated[int, Query(ge=1, le=200, description="How many to return.")] = 50,
    cursor: Annotated[
        str | None,
        Query(max_length=1000, description="The `cursor` in `next` of the page before, a path."),
    ] = None,
) -> PageRequest:
    """Which page the query asks for."""
    return PageRequest(limit, cursor, request=request, response=response)


Paging = Annotated[PageRequest, Depends(page_request)]


def cursor_of(values: Sequence[object]) -> str:
    """The cursor that stands for a row's key."""
    texts = [value.isoformat() if isinstance(value, date) else value for value in values]
    return base64.urlsafe_b64encode(json.dumps(texts, default=str).encode()).decode().rstrip("=")


def values_of(cursor: str, columns: Sequence[KeyColumn]) -> list[object]:
    """The key that a cursor stands for; raises BadCursor if this list did not give it."""
    try:
        texts = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return [read_value(column.type, text) for column, text in zip(columns, texts, strict=True)]
    except (ValueError, TypeError, AttributeError, binascii.Error, OverflowError, RecursionError) as error:
        raise BadCursor.at("/query/cursor") from error


def read_value(kind: TypeEngine[object], value: str) -> object:
    """A value as a column of this type has it; raises ValueError if the column cannot hold it."""
    if isinstance(kind, Integer):
        # A number that the column cannot hold is refused here.
        int(value).to_bytes(8 if isinstance(kind, BigInteger) else 4, signed=True)
        return int(value)
    if kind.python_type is not str:
        return READERS[kind.python_type](value)
    if "\0" in value:
        raise ValueError("U+0000")
    # Halves of surrogate pairs are not text either.
    return value.encode().decode()


async def keyset(
    session: AsyncSession, statement: Select[Item], paging: PageQuery, *order: KeyColumn
) -> tuple[list[Item], str | None]:
    """One page of the statement's first column, and the cursor of the next page.

    `order` is a unique key of columns that are not null, all ascending or all `.desc()`.
    """
    descending = isinstance(order[0], UnaryExpression) and order[0].modifier is desc_op
    columns = [part.element if isinstance(part, UnaryExpression) else part for part in order]
    if paging.cursor:
        last = tuple_(*values_of(paging.cursor, columns))
        key = tuple_(*columns)
        statement = statement.where(key < last if descending else key > last)
    wanted = statement.add_columns(*columns).order_by(*order).limit(paging.limit + 1)
    rows = (await session.execute(wanted)).all()
    more = len(rows) > paging.limit
    kept = rows[: paging.limit]
    return [row[0] for row in kept], cursor_of(kept[-1][-len(columns) :]) if more else None
