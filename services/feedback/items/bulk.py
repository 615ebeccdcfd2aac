"""Storing many pieces together: those that came before are set apart, the rest is stored with its events."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias
from uuid import UUID

from sqlalchemy.orm import DeclarativeBase

from services.feedback.items.intake import IntakeTools
from services.feedback.items.rows import PreparedFeedback, digest_of_feedback
from services.feedback.items.schemas import NewFeedback
from shared.db import Driver, table_of

TableColumns: TypeAlias = tuple[type[DeclarativeBase], tuple[str, ...]]
BATCH = 500
KNOWN = "SELECT external_ref, digest FROM feedback WHERE origin_id = $1 AND external_ref = ANY($2)"


@dataclass(slots=True)
class OfferedFeedback:
    """What must be done with many pieces of feedback from one origin."""

    new: list[NewFeedback] = field(default_factory=list)
    changed: list[NewFeedback] = field(default_factory=list)
    unchanged: int = 0


async def sort_offered_feedback(
    connection: Driver, offered: Sequence[NewFeedback], origin_id: UUID, tools: IntakeTools
) -> OfferedFeedback:
    """Separate new feedback from feedback that came before, with the same content or with other content."""
    refs = [tools.codes.external_ref_of(new.external_id) for new in offered if new.external_id]
    rows = await connection.fetch(KNOWN, origin_id, refs)
    digests: dict[str, bytes | None] = {row["external_ref"]: row["digest"] for row in rows}
    result = OfferedFeedback()
    for new in offered:
        ref = tools.codes.external_ref_of(new.external_id) if new.external_id else ""
        if ref not in digests:
            result.new.append(new)
        elif digests[ref] == digest_of_feedback(new, tools):
            result.unchanged += 1
        else:
            result.changed.append(new)
        if ref:
            digests[ref] = digest_of_feedback(new, tools)
    return result


def split_into_batches(offered: Sequence[NewFeedback]) -> Iterator[Sequence[NewFeedback]]:
    """Yield the feedback in batches."""
    yield from (offered[start : start + BATCH] for start in range(0, len(offered), BATCH))


async def store_prepared_feedback(connection: Driver, prepared: Sequence[PreparedFeedback]) -> None:
    """Store all of it or nothing; UniqueViolationError if another request stored the same meanwhile."""
    tables: dict[TableColumns, list[tuple[object, ...]]] = {}
    for part in (part for each in prepared for part in each.parts):
        for row in part.rows:
            tables.setdefault((part.model, tuple(row)), []).append(tuple(row.values()))
    async with connection.transaction():
        for (model, columns), records in sorted(tables.items(), key=count_references):
            table = table_of(model)
            await connection.copy_records_to_table(
                table.name, schema_name=table.schema, columns=columns, records=records
            )


def count_references(rows: tuple[TableColumns, object]) -> int:
    """To how many tables the rows refer: what refers to none is stored first."""
    (model, _), _ = rows
    return len(table_of(model).foreign_keys)
