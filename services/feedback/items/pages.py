"""Pages of feedback, from the driver's rows to the bytes of the answer.

An object of the mapper and one of the answer's shape for each row cost ten times as much as all the rest.
What a caller may see stands in `views.py`, as for a single piece.
"""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple, Self, TypeAlias, cast
from uuid import UUID

import asyncpg
import orjson
from fastapi import Depends, Response
from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from services.feedback.bodies.domain import BodyFinder
from services.feedback.bodies.heirs import Heirs
from services.feedback.errors import CallerUnknown
from services.feedback.items.grouping import Pool
from services.feedback.items.queries import (
    Sight,
    feedback_with_ids,
    own_bodies,
    sent_by,
    sight_of,
    statement_of_page,
    work_of,
)
from services.feedback.items.statement import open_pool
from services.feedback.items.views import STORED, feedback_view, visible_values
from services.feedback.items.words import WORDS
from services.feedback.leaving_out import LeftOutView
from services.feedback.loops.views import answers_to_feedback
from services.feedback.models import Feedback
from shared.auth import Caller
from shared.columns import json_columns
from shared.db import table_of
from shared.paging import PageRequest, cursor_of, link_following, values_of
from shared.state import ServiceState, depends_on

Conditions: TypeAlias = Mapping[str, object]
TABLE = table_of(Feedback).columns
LEFT_OUT = tuple(LeftOutView.model_fields)
PLAIN = tuple(sorted(STORED | {"sender_id", "external_id", "shown"}))
# Words are shown as they are kept in `shown`, but for those that are no longer there.
MAY_BE_GONE = tuple((name, f"has_{name}") for name in sorted(WORDS) if TABLE[name].nullable)
ALWAYS_THERE = tuple(sorted(WORDS - {name for name, _ in MAY_BE_GONE}))
COLUMNS = (
    *(TABLE[name] for name in PLAIN),
    *(TABLE[name].is_not(None).label(has_name) for name, has_name in MAY_BE_GONE),
)
IN_JSON = tuple(name for name in PLAIN if name in json_columns(Feedback))
ALL, WORK = Sight(moderates_all=True), Sight(moderates_all=True, oldest_first=True)
READING = "feedback:read"


class StoredRow(NamedTuple):
    """What of a row decides who sees it."""

    bodies: Collection[UUID]
    sender_id: UUID | None
    state: str
    external_id: str | None


@dataclass(frozen=True, slots=True)
class FeedbackReader:
    """Reads pages of feedback; opened once for the process."""

    pool: Pool
    sessions: async_sessionmaker[AsyncSession]
    finder: BodyFinder
    heirs: Heirs

    @classmethod
    @asynccontextmanager
    async def open(cls, state: ServiceState, finder: BodyFinder, heirs: Heirs) -> AsyncIterator[Self]:
        """Open the reader for as long as the block runs; no page takes a connection from what is given."""
        async with open_pool(state.settings) as pool:
            yield cls(pool, state.sessions, finder, heirs)

    async def bodies_along(self, footprint: str | None, organisation: str | None) -> Conditions:
        """The conditions for bodies and their heirs up to today; raises UNKNOWN_BODY."""
        if footprint is None and organisation is None:
            return {}
        find = self.finder.find_bodies_along
        async with self.sessions() as session:
            return {
                "footprints": await find(session, "footprint", footprint, "/query/footprint"),
                "organisations": await find(session, "organisation", organisation, "/query/organisation"),
            }

    async def visible_page(self, wanted: Conditions, caller: Caller, paging: PageRequest) -> Response:
        """A page of what the caller may see; a condition that is None does not limit it."""
        rows, following = await self.rows_of_page(COLUMNS, sight_of(caller), wanted, caller, paging)
        return answer_with(await self.items_of_rows(rows, caller), following, paging)

    async def page_of_sent(self, wanted: Conditions, caller: Caller, paging: PageRequest) -> Response:
        """A page of what the caller sent, each with the loops that answer it; raises CallerUnknown."""
        if caller.is_anonymous:
            raise CallerUnknown
        sent = {**wanted, **sent_by(caller)}
        rows, following = await self.rows_of_page(COLUMNS, ALL, sent, caller, paging)
        items = await self.items_of_rows(rows, caller)
        return answer_with(await self.with_answers(items) if items else items, following, paging)

    async def page_of_work(
        self, work: str, wanted: Conditions, caller: Caller, paging: PageRequest
    ) -> Response:
        """A page of what waits for the caller, oldest first; raises CallerUnknown, ScopeMissing."""
        if caller.is_anonymous:
            raise CallerUnknown
        caller.require(READING)
        waiting = {**wanted, **work_of(caller), work: True}
        rows, following = await self.rows_of_page(COLUMNS, WORK, waiting, caller, paging)
        return answer_with(await self.items_of_rows(rows, caller), following, paging)

    async def rows_of_page(
        self,
        columns: tuple[ColumnElement[Any], ...],
        sight: Sight,
        wanted: Conditions,
        caller: Caller,
        paging: PageRequest,
    ) -> tuple[list[asyncpg.Record], str | None]:
        """The rows of a page, and the path of the next one, also in `Link`; raises BadCursor."""
        given = {name: value for name, value in wanted.items() if value is not None}
        if paging.cursor:
            after = "later" if sight.oldest_first else "after"
            (given[after],) = values_of(paging.cursor, [Feedback.id])
        text, order = statement_of_page(columns, sight, tuple(given))
        values = given | {"own": own_bodies(caller), "limit": paging.limit + 1}
        found = await self.pool.fetch(text, *(values[name] for name in order))
        kept, following = found[: paging.limit], None
        if len(found) > paging.limit:
            cursor = cursor_of([kept[-1]["id"]])
            following = link_following(paging.request, paging.response, "cursor", cursor)
        return kept, following

    async def items_of_rows(
        self, rows: Sequence[asyncpg.Record], caller: Caller
    ) -> list[Mapping[str, object]]:
        """What the caller sees of each row; those of before masks were kept are masked now."""
        unmasked = [row["id"] for row in rows if row["shown"] is None]
        masked_now = {}
        if unmasked:
            async with self.sessions() as session:
                for feedback in await feedback_with_ids(session, unmasked):
                    masked_now[feedback.id] = feedback_view(feedback, caller, self.heirs).model_dump(
                        mode="json"
                    )
        return [masked_now.get(row["id"]) or item_of_row(row, caller, self.heirs) for row in rows]

    async def with_answers(self, items: Sequence[Mapping[str, object]]) -> list[Mapping[str, object]]:
        """The pieces with the loops that answer them."""
        ids = [cast(UUID, each["id"]) for each in items]
        async with self.sessions() as session:
            answers = await answers_to_feedback(session, ids)
        shown = {id_: [each.model_dump(mode="json") for each in loops] for id_, loops in answers.items()}
        return [{**item, "loops": shown.get(id_, [])} for id_, item in zip(ids, items, strict=True)]


def answer_with(items: Sequence[object], following: str | None, paging: PageRequest) -> Response:
    """The answer with the items of a page."""
    body = orjson.dumps({"items": items, "next": following}, default=str, option=orjson.OPT_UTC_Z)
    return Response(body, headers=dict(paging.response.headers), media_type="application/json")


def item_of_row(row: asyncpg.Record, caller: Caller, heirs: Heirs) -> dict[str, Any]:
    """What the caller sees of a row, in the shape of `FeedbackView`."""
    values = dict(row)
    for name in IN_JSON:
        if text := values[name]:
            values[name] = orjson.loads(text)
    footprint_id, bodies = values["footprint_id"], values["organisation_ids"]
    if footprint_id:
        bodies = [*bodies, footprint_id]
    stored = StoredRow(bodies, values["sender_id"], values["state"], values["external_id"])
    shown = values["shown"]
    for name in ALWAYS_THERE:
        values[name] = shown.get(name)
    for name, has_name in MAY_BE_GONE:
        values[name] = shown.get(name) if values[has_name] else None
    if left := values["left_out"]:
        values["left_out"] = [{name: each[name] for name in LEFT_OUT} for each in left]
    return visible_values(stored, values, caller, heirs)


def themes_with(code: str | None, polarity: str | None = None) -> str | None:
    """The condition for feedback with a theme, as the driver takes it; None where nothing is asked."""
    wanted = {name: value for name, value in (("code", code), ("polarity", polarity)) if value}
    return orjson.dumps([wanted]).decode() if wanted else None


Reader = Annotated[FeedbackReader, Depends(depends_on(FeedbackReader))]
