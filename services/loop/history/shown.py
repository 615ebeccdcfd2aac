"""The rows that are shown, as an entry holds them: a value that is changed past the service is found."""

import json
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.history.chain import canonical
from services.loop.history.queries import SHOWN
from services.loop.models import Base, Loop
from services.loop.records import Commitment, HistoryEntry, OfLoop
from shared.columns import Content, classes_of

# The table and the id of a row.
Key = tuple[str, UUID]
Broken = tuple[int, str] | None
# The row's name, the end of the chain itself, and what counts events: they change without an entry.
KEPT_OUT = frozenset({"id", "version", "history_head", "history_length"})


class Held(NamedTuple):
    """A row as the newest entry that knows it holds it."""

    position: int
    values: Mapping[str, object]


@cache
def shown_columns(model: type[Base]) -> tuple[str, ...]:
    """The columns that an entry holds: all but those whose class says that they are not public."""
    classes, columns = classes_of(model), (column.key for column in model.__table__.columns)
    return tuple(
        name for name in columns if name not in KEPT_OUT and (name not in classes or classes[name].public)
    )


def shown_facts(row: Base) -> dict[str, object]:
    """The shown values of a row; of words only those that are missing, because texts hold the others."""
    classes = classes_of(type(row))
    values = {name: getattr(row, name) for name in shown_columns(type(row))}
    words = {name for name, held in classes.items() if held.content is Content.FREE_TEXT}
    return {name: value for name, value in values.items() if value is None or name not in words}


def facts_of_touched(
    session: AsyncSession, loop: Loop, commitment: Commitment | None
) -> dict[str, dict[str, dict[str, object]]]:
    """The shown values of the loop, of the commitment, and of each row of it that is new or changed."""
    facts = {"loop": {str(loop.id): shown_facts(loop)}}
    if commitment:
        facts["commitment"] = {str(commitment.id): shown_facts(commitment)}
    for row in (*session.new, *session.dirty):
        if isinstance(row, OfLoop) and isinstance(row, Base) and row.loop_id == loop.id:
            facts.setdefault(row.__tablename__, {})[str(row.id)] = shown_facts(row)
    return {table: rows for table, rows in facts.items() if table in SHOWN}


def rows_held(entries: Sequence[HistoryEntry]) -> dict[Key, Held]:
    """Each row as its newest entry holds it; entries from before values were held hold none."""
    held: dict[Key, Held] = {}
    for entry in entries:
        for table, rows in json.loads(entry.body)["facts"].get("shown", {}).items():
            held |= {(table, UUID(row)): Held(entry.position, values) for row, values in rows.items()}
    return held


def broken_value(
    rows: Mapping[Key, Base], held: Mapping[Key, Held], worded: Collection[Key], length: int
) -> Broken:
    """The entry from which the shown rows part: a row that no entry knows, one that is gone, a value."""
    for table, row_id in rows:
        if (table, row_id) not in held and (table, row_id) not in worded:
            return length, f"No entry knows the {table} {row_id}."
    for (table, row_id), (position, values) in held.items():
        row = rows.get((table, row_id))
        if row is None:
            return position, f"The {table} {row_id} of entry {position} is gone."
        if name := changed_column(row, values):
            return position, f"The {table} shows another {name} than entry {position} holds."
    return None


def changed_column(row: Base, values: Mapping[str, object]) -> str | None:
    """The first column that shows something else than an entry holds; columns of the past do not count."""
    present, columns = json.loads(canonical(shown_facts(row))), row.__table__.columns
    names = [
        name
        for name in values
        # Entries from before new rows had their defaults at once hold none of them.
        if name in shown_columns(type(row)) and (values[name] is not None or columns[name].nullable)
    ]
    return next((name for name in names if name not in present or present[name] != values[name]), None)


def broken_file(changed: Collection[UUID], held: Mapping[Key, Held], length: int) -> Broken:
    """The entry of a piece of evidence whose file is another than its digest says."""
    for evidence_id in changed:
        known = held.get(("evidence", evidence_id))
        return (known.position if known else length), f"The file of the evidence {evidence_id} was changed."
    return None
