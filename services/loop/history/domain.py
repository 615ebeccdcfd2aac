"""The history of a loop: a chain of hashes that shows each later change, with its texts kept apart."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.history import queries
from services.loop.history.chain import By, HistoryCheck, digest, entry_of, hash_of, new_salt
from services.loop.history.shown import (
    Broken,
    Key,
    broken_file,
    broken_value,
    facts_of_touched,
    rows_held,
)
from services.loop.models import Base, Loop
from services.loop.records import Commitment, HistoryEntry, HistoryText
from shared.clock import now
from shared.columns import Content, classes_of
from shared.masking import REACHABLE_AT, RULES, Masked, cover, mask_apart
from shared.schemas import in_utc

# Names of teams, by which rights are checked, addresses and ids are shown as they were written.
LINKED = "loop.linked"
AS_WRITTEN = frozenset({"commitment.owner_team", "evidence.url", LINKED})
# These words say how to reach a body.
WAYS_TO_REACH = frozenset({"decision.how_to_object"})
# An entry keeps the name that a text had when it was hashed: these columns have other names now.
RENAMED = {"commitment.outcome": "people_will_notice"}


@dataclass(frozen=True, slots=True)
class Text:
    """What somebody wrote, and what everybody sees of it."""

    written: str
    masked: Masked


Texts = Mapping[str, Text | None]


def text_of(field: str, written: str) -> Text:
    """A text with personal data masked, but for what its field is there to say."""
    if field in AS_WRITTEN:
        return Text(written, Masked(written))
    return Text(written, cover(written, REACHABLE_AT if field in WAYS_TO_REACH else ()))


def cover_texts(written: Mapping[str, str | None]) -> dict[str, Text | None]:
    """These texts with personal data masked, by `table.column`."""
    return {field: None if words is None else text_of(field, words) for field, words in written.items()}


async def texts_in(row: Base, *columns: str) -> dict[str, Text | None]:
    """Texts of a row under the names by which `check_history` finds them again: `table.column`.

    From here on the row holds them as everybody sees them; the history keeps what was written.
    """
    texts = {column: f"{row.__tablename__}.{column}" for column in columns}
    found = {field: getattr(row, column) for column, field in texts.items()}
    masked = await mask_apart(cover_texts, found)
    for column, field in texts.items():
        if (text := masked[field]) and text.masked.kinds:
            setattr(row, column, text.masked.text)
    return masked


async def texts_of(row: Base) -> dict[str, Text | None]:
    """All the words that people wrote in a row, as `texts_in` names them and masks them."""
    columns = classes_of(type(row)).items()
    return await texts_in(row, *(name for name, kind in columns if kind.content is Content.FREE_TEXT))


def append_entry(
    session: AsyncSession,
    loop: Loop,
    step: str,
    by: By,
    facts: Mapping[str, object],
    texts: Texts,
    *,
    commitment: Commitment | None = None,
    contributor: UUID | None = None,
) -> None:
    """Write the next entry of a loop's history; the loop must be new or locked.

    The entry holds what is shown of the loop, of the commitment and of each row that the session is about
    to write: change and add the rows of a step first, and read nothing in between.

    A text of a row is named `table.column`, with the row's id among the facts under the table's name.
    `contributor` is the feedback of the one contributor whose words the texts are.
    """
    at, position = now(), (loop.history_length or 0) + 1
    salted = {field: (new_salt(), text) for field, text in texts.items() if text is not None}
    digests = {field: digest(salt, text.written) for field, (salt, text) in salted.items()}
    hashed: dict[str, object] = {name: fact for name, fact in facts.items() if fact is not None}
    hashed |= {"state": loop.state, "shown": facts_of_touched(session, loop, commitment)}
    body = entry_of(loop.id, position, loop.history_head or "", at, step, by, hashed, digests)
    stored = [stored_text(field, salt, text, contributor) for field, (salt, text) in salted.items()]
    loop.note_masks({field: text.masked.kinds for field, (_, text) in salted.items()})
    entry = HistoryEntry(
        loop=loop, position=position, at=at, step=step, body=body, hash=hash_of(body), texts=stored
    )
    session.add(entry)
    loop.history_head, loop.history_length, loop.last_entry_at = entry.hash, position, at


def stored_text(field: str, salt: str, text: Text, contributor: UUID | None) -> HistoryText:
    """A text as it is kept beside its entry: as written, and as everybody sees it."""
    return HistoryText(
        field=field,
        salt=salt,
        text=text.written,
        shown=text.masked.text if text.masked.text != text.written else None,
        masked_with=RULES,
        feedback_id=contributor,
    )


async def check_history(session: AsyncSession, loop_id: UUID) -> HistoryCheck:
    """Check a loop's whole history: each hash, each link, each text, and the rows that show them."""
    loop = await queries.loop_as_stored(session, loop_id)
    entries = await queries.entries_of(session, loop_id)
    texts = await queries.texts_of(session, loop_id)
    broken = broken_link(loop_id, entries) or broken_text(entries, texts) or broken_end(loop, entries)
    broken = broken or await broken_rows(session, loop_id, entries, texts)
    position, detail = broken or (None, "Every entry and all that is shown is as it was written.")
    return HistoryCheck(broken is None, loop.history_length, loop.history_head, position, detail)


async def erase_words(session: AsyncSession, loop: Loop, feedback_id: UUID, *, alone: bool) -> list[int]:
    """Erase one contributor's words from a locked loop's history; return the positions of the words.

    Where it answers this contributor `alone`, title and summary are theirs, also earlier ones.
    The chain holds salted digests of them, which say nothing without text and salt, so it still verifies.
    """
    held, fields = await queries.texts_of(session, loop.id), queries.FIRST_WORDS if alone else ()
    found = [text for text in held if text.feedback_id == feedback_id or text.field in fields]
    theirs = [text for text in found if text.erased_at is None]
    for text in found:
        text.length_when_cut = None
    for text in theirs:
        erase_text(text)
    return sorted({text.position for text in theirs})


def erase_text(text: HistoryText) -> None:
    """Erase one text of a locked loop's history; an entry must say so."""
    text.text, text.salt, text.shown, text.erased_at = None, None, None, now()


def broken_link(loop_id: UUID, entries: Sequence[HistoryEntry]) -> Broken:
    """The first entry that is not what was hashed, or does not follow the one before."""
    previous = ""
    for number, entry in enumerate(entries, 1):
        if entry.position != number:
            return number, f"Entry {number} is missing."
        if hash_of(entry.body) != entry.hash:
            return number, f"Entry {number} is not the text that was hashed."
        hashed = json.loads(entry.body)
        if (hashed["previous"], hashed["position"], hashed["loop"]) != (previous, number, str(loop_id)):
            return number, f"Entry {number} does not follow the one before it."
        if (hashed["at"], hashed["step"]) != (in_utc(entry.at), entry.step):
            return number, f"Entry {number} is stored under another time or step than it says."
        previous = entry.hash
    return None


def broken_text(entries: Sequence[HistoryEntry], texts: Sequence[HistoryText]) -> Broken:
    """The first entry with a text that is not what was written; an erased text does not count."""
    stored = {(text.position, text.field): text for text in texts}
    facts = [json.loads(entry.body)["facts"] for entry in entries]
    erased = {position for fact in facts for position in fact.get("positions", ())}
    cut = {text for fact in facts for text in fact.get("cut", ())}
    for entry in entries:
        for field, written in json.loads(entry.body)["texts"].items():
            text = stored.get((entry.position, field))
            if text is None:
                return entry.position, f"The text {field} of entry {entry.position} is missing."
            if text.erased_at is None and digest(text.salt or "", text.text or "") != written:
                return entry.position, f"The text {field} of entry {entry.position} was changed."
            if text.erased_at and entry.position not in erased and f"{entry.position} {field}" not in cut:
                return entry.position, f"The text {field} of entry {entry.position} was removed."
            if text.erased_at is None and is_shown_otherwise(text):
                return entry.position, f"The text {field} of entry {entry.position} is not shown as masked."
    return None


def is_shown_otherwise(text: HistoryText) -> bool:
    """Whether a text is shown in other words than the present rules for masks make of it."""
    if text.shown is None or text.text is None or text.masked_with != RULES:
        return False
    return text.shown != text_of(text.field, text.text).masked.text


def broken_end(loop: Loop, entries: Sequence[HistoryEntry]) -> Broken:
    """The position at which the history and the loop part."""
    if loop.history_length != len(entries) or loop.history_head != (entries[-1].hash if entries else ""):
        return min(loop.history_length, len(entries)) + 1, "The history does not end where the loop is."
    if entries and json.loads(entries[-1].body)["facts"]["state"] != loop.state:
        return len(entries), "The loop is in another state than its history says."
    return None


async def broken_rows(
    session: AsyncSession, loop_id: UUID, entries: Sequence[HistoryEntry], texts: Sequence[HistoryText]
) -> Broken:
    """The entry from which the rows that are shown part: by their words, their values or their files."""
    rows, held = await queries.rows_of(session, loop_id), rows_held(entries)
    newest = newest_texts(entries, texts)
    worded = {(table, row_id) for table, row_id, _ in newest}
    broken = broken_text_of_row(rows, newest) or broken_value(rows, held, worded, len(entries))
    return broken or broken_file(await queries.changed_files(session, loop_id), held, len(entries))


def newest_texts(
    entries: Sequence[HistoryEntry], texts: Sequence[HistoryText]
) -> dict[tuple[str, UUID, str], HistoryText]:
    """The newest text of each column of each row: table, id of the row, column."""
    return dict(texts_by_column(entries, texts))


def texts_by_column(
    entries: Sequence[HistoryEntry], texts: Sequence[HistoryText]
) -> Iterator[tuple[tuple[str, UUID, str], HistoryText]]:
    """Each text with the column of the row that shows it, as `newest_texts` names them; oldest first."""
    facts = {entry.position: json.loads(entry.body)["facts"] for entry in entries}
    for text in texts:
        table, _, column = text.field.partition(".")
        row_id = facts[text.position].get(table, text.loop_id)
        yield (table, UUID(str(row_id)), RENAMED.get(text.field, column)), text


def broken_text_of_row(
    rows: Mapping[Key, Base], newest: Mapping[tuple[str, UUID, str], HistoryText]
) -> Broken:
    """The newest entry of a text that is now shown in other words than were written."""
    for (table, row_id, column), text in newest.items():
        row = rows.get((table, row_id))
        if text.erased_at is None and (row is None or getattr(row, column) != text.shown_text):
            return text.position, f"The {table} shows another {column} than entry {text.position} holds."
    return None
