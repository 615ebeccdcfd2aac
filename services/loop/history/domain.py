"""The history of a loop: a chain of hashes that shows each later change, with texts apart from it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.history import queries
from services.loop.history.chain import By, Verified, digest, entry_of, hash_of, new_salt
from services.loop.models import Base, Loop
from services.loop.records import HistoryEntry, HistoryText
from shared.clock import now
from shared.schemas import in_utc

Texts = Mapping[str, str | None]
# An entry keeps the name that a text had when it was hashed: these columns are called otherwise now.
RENAMED = {"commitment.outcome": "people_will_notice"}


def texts_in(row: Base, *columns: str) -> dict[str, str | None]:
    """Return texts of a row under the names by which verifying finds them again: `table.column`."""
    return {f"{row.__tablename__}.{column}": getattr(row, column) for column in columns}


def append(
    session: AsyncSession,
    loop: Loop,
    step: str,
    by: By,
    facts: Mapping[str, Any] | None = None,
    texts: Texts | None = None,
    *,
    whose: UUID | None = None,
) -> None:
    """Write the next entry of a loop's history; the loop has to be new or locked.

    A text of a row is named `table.column`, with the row's id among the facts under the table's name.
    `whose` is the feedback of the one contributor whose words the texts are.
    """
    at, position = now(), (loop.history_length or 0) + 1
    salted = {field: (new_salt(), text) for field, text in (texts or {}).items() if text is not None}
    digests = {field: digest(*pair) for field, pair in salted.items()}
    said = {"state": loop.state} | {name: fact for name, fact in (facts or {}).items() if fact is not None}
    body = entry_of(loop.id, position, loop.history_head or "", at, step, by, said, digests)
    kept = [
        HistoryText(field=field, salt=salt, text=text, feedback_id=whose)
        for field, (salt, text) in salted.items()
    ]
    entry = HistoryEntry(
        loop=loop, position=position, at=at, step=step, body=body, hash=hash_of(body), texts=kept
    )
    session.add(entry)
    loop.history_head, loop.history_length = entry.hash, position


async def verify(session: AsyncSession, loop_id: UUID) -> Verified:
    """Check a loop's whole history: each hash, each link, each text, and the rows that show them."""
    loop = await queries.loop_as_stored(session, loop_id)
    entries = await queries.entries_of(session, loop_id)
    texts = await queries.texts_of(session, loop_id)
    broken = broken_link(loop_id, entries) or broken_text(entries, texts) or broken_end(loop, entries)
    broken = broken or broken_row(await queries.rows_of(session, loop_id, texts), entries, texts)
    position, detail = broken or (None, "Every entry, link and text is as it was written.")
    return Verified(broken is None, loop.history_length, loop.history_head, position, detail)


async def erase(session: AsyncSession, loop: Loop, feedback_id: UUID) -> list[int]:
    """Take one contributor's words out of a locked loop; return the positions that they were in.

    The chain holds salted digests of them: without text and salt these say nothing, and it is whole.
    """
    kept = [text for text in await queries.texts_of(session, loop.id) if text.erased_at is None]
    taken = [text for text in kept if text.feedback_id == feedback_id]
    for text in taken:
        text.text, text.salt, text.erased_at = None, None, now()
    return sorted({text.position for text in taken})


Broken = tuple[int, str] | None


def broken_link(loop_id: UUID, entries: Sequence[HistoryEntry]) -> Broken:
    """Return the first entry that is not what was hashed, or does not follow the one before."""
    previous = ""
    for number, entry in enumerate(entries, 1):
        if entry.position != number:
            return number, f"Entry {number} is missing."
        if hash_of(entry.body) != entry.hash:
            return number, f"Entry {number} is not the text that was hashed."
        said = json.loads(entry.body)
        if (said["previous"], said["position"], said["loop"]) != (previous, number, str(loop_id)):
            return number, f"Entry {number} does not follow the one before it."
        if (said["at"], said["step"]) != (in_utc(entry.at), entry.step):
            return number, f"Entry {number} is listed under another time or step than it says."
        previous = entry.hash
    return None


def broken_text(entries: Sequence[HistoryEntry], texts: Sequence[HistoryText]) -> Broken:
    """Return the first entry one of whose texts is not what was written; an erased text is none."""
    kept = {(text.position, text.field): text for text in texts}
    facts = [json.loads(entry.body)["facts"] for entry in entries if entry.step == "erasure"]
    erased = {position for fact in facts for position in fact["positions"]}
    for entry in entries:
        for field, written in json.loads(entry.body)["texts"].items():
            text = kept.get((entry.position, field))
            if text is None:
                return entry.position, f"The text {field} of entry {entry.position} is missing."
            if text.erased_at is None and digest(text.salt or "", text.text or "") != written:
                return entry.position, f"The text {field} of entry {entry.position} was changed."
            if text.erased_at is not None and entry.position not in erased:
                return entry.position, f"The text {field} of entry {entry.position} was taken away."
    return None


def broken_end(loop: Loop, entries: Sequence[HistoryEntry]) -> Broken:
    """Return where the loop is not at the end of its history."""
    if loop.history_length != len(entries) or loop.history_head != (entries[-1].hash if entries else ""):
        return min(loop.history_length, len(entries)) + 1, "The history does not end where the loop is."
    if entries and json.loads(entries[-1].body)["facts"]["state"] != loop.state:
        return len(entries), "The loop is in another state than its history says."
    return None


def broken_row(
    rows: Mapping[tuple[str, UUID], Any], entries: Sequence[HistoryEntry], texts: Sequence[HistoryText]
) -> Broken:
    """Return the newest entry of a text that is now shown in other words than were written."""
    facts = {entry.position: json.loads(entry.body)["facts"] for entry in entries}
    newest: dict[tuple[str, UUID, str], HistoryText] = {}
    for text in texts:
        table, _, column = text.field.partition(".")
        row_id = facts[text.position].get(table, text.loop_id)
        newest[table, UUID(str(row_id)), RENAMED.get(text.field, column)] = text
    for (table, row_id, column), text in newest.items():
        row = rows.get((table, row_id))
        if text.erased_at is None and (row is None or getattr(row, column) != text.text):
            return text.position, f"The {table} shows another {column} than entry {text.position} holds."
    return None
