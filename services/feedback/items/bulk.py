"""Storing many pieces together: those that came before are set apart, the rest is stored with its events."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias, TypeVar
from uuid import UUID

import orjson
from pydantic import JsonValue
from sqlalchemy.orm import DeclarativeBase

from services.feedback.items.intake import IntakeTools, Origin
from services.feedback.items.rows import PreparedFeedback, digest_of_feedback
from services.feedback.items.schemas import NewFeedback
from shared.db import Driver, table_of

TableColumns: TypeAlias = tuple[type[DeclarativeBase], tuple[str, ...]]
Offered = TypeVar("Offered")
BATCH = 500
# Locked in the order of their ids, so that two that repeat the same do not wait for each other for ever.
REPEAT = """
    WITH known AS (
        SELECT id FROM feedback JOIN unnest($2::text[], $3::bytea[]) AS sent (external_ref, digest)
        USING (external_ref, digest)
        WHERE origin_id = $1 AND state NOT IN ('withdrawn', 'erased')
        ORDER BY id FOR UPDATE OF feedback
    )
    UPDATE feedback SET words_at = greatest(coalesce(words_at, received_at), $4)
    FROM known WHERE feedback.id = known.id
    RETURNING feedback.id, external_ref, digest, left_out::text, masked::text"""
KNOWN = "SELECT external_ref, digest FROM feedback WHERE origin_id = $1 AND external_ref = ANY($2)"


class RepeatedFeedback(NamedTuple):
    """Feedback that stands, and that was received again."""

    id: UUID
    left_out: list[dict[str, JsonValue]]
    masked: list[dict[str, JsonValue]]


@dataclass(slots=True)
class OfferedFeedback:
    """What must be done with many pieces of feedback from one origin."""

    new: list[NewFeedback] = field(default_factory=list)
    changed: list[NewFeedback] = field(default_factory=list)
    unchanged: list[NewFeedback] = field(default_factory=list)


async def sort_offered_feedback(
    connection: Driver, offered: Sequence[NewFeedback], origin_id: UUID, tools: IntakeTools
) -> OfferedFeedback:
    """Separate new feedback from feedback that came before, with the same content or with other content."""
    refs = [tools.codes.external_ref_of(new.external_id) for new in offered if new.external_id]
    rows = await connection.fetch(KNOWN, origin_id, refs) if refs else ()
    digests: dict[str, bytes | None] = {row["external_ref"]: row["digest"] for row in rows}
    result = OfferedFeedback()
    for new in offered:
        if not new.external_id:
            result.new.append(new)
            continue
        ref, digest = tools.codes.external_ref_of(new.external_id), digest_of_feedback(new, tools)
        if ref not in digests:
            result.new.append(new)
        elif digests[ref] == digest:
            result.unchanged.append(new)
        else:
            result.changed.append(new)
        digests[ref] = digest
    return result


async def repeat_feedback(
    connection: Driver, unchanged: Sequence[NewFeedback], origin: Origin, tools: IntakeTools
) -> dict[int, RepeatedFeedback]:
    """Note that feedback which came before was received again, by the `id()` of what was offered.

    Whatever is not there with this content is left out: it was withdrawn, or others changed it meanwhile.
    """
    keys = {
        id(new): (tools.codes.external_ref_of(new.external_id or ""), digest_of_feedback(new, tools))
        for new in unchanged
    }
    refs, digests = [ref for ref, _ in keys.values()], [digest for _, digest in keys.values()]
    rows = await connection.fetch(REPEAT, origin.id, refs, digests, origin.words_at) if refs else ()
    found = {
        (row["external_ref"], row["digest"]): RepeatedFeedback(
            row["id"], orjson.loads(row["left_out"]), orjson.loads(row["masked"])
        )
        for row in rows
    }
    return {each: found[key] for each, key in keys.items() if key in found}


def split_into_batches(offered: Sequence[Offered]) -> Iterator[Sequence[Offered]]:
    """Yield what is offered in batches."""
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
