"""Reading everything that happened to a loop in one statement."""

from collections import defaultdict
from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import func, literal, literal_column, select, union_all
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.core.hiding import hide_texts
from services.loop.records import Commitment, CommitmentRevision, Decision, Evidence, OfLoop, Verification

PARTS: Mapping[str, type[OfLoop]] = {
    part.__tablename__: part for part in (Decision, Commitment, CommitmentRevision, Evidence, Verification)
}
Rows = dict[type[OfLoop], list[dict[str, object]]]


async def rows_by_part(session: AsyncSession, loop_id: UUID, *, hidden: bool) -> Rows:
    """The rows of all parts of a loop by their table, oldest first, with the values as JSON.

    Where they are hidden, nothing that people wrote is in them.
    """
    selects = [
        select(literal(table), part.id, func.to_jsonb(literal_column(table, JSONB)))
        .select_from(part)
        .where(part.loop_id == loop_id)
        for table, part in PARTS.items()
    ]
    rows: Rows = defaultdict(list)
    found = (await session.execute(union_all(*selects))).all()
    for table, _, row in sorted(found, key=lambda each: each[1]):
        rows[PARTS[table]].append(hide_texts(table, row) if hidden else row)
    return rows
