"""How a loop's history is read: as a timeline, and as an export that anybody can check."""

import json

from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.history import queries
from services.loop.history.schemas import TimelineEntry
from services.loop.loops.queries import is_inside
from services.loop.models import Loop
from services.loop.records import HistoryEntry, HistoryText
from shared.auth import Caller
from shared.paging import PageQuery

WORDS = ("loop.title", "loop.you_said", "loop.linked")
Texts = dict[int, dict[str, HistoryText]]


async def readable(session: AsyncSession, caller: Caller, loop: Loop) -> Texts:
    """Return the texts that a caller may read, by position and field.

    The words of a loop are public from where a person has made sure that they name nobody.
    """
    moderated = await queries.last_position(session, loop.id, ("opening", "moderation"))
    found: Texts = {}
    for text in await queries.texts_of(session, loop.id):
        hidden = text.field in WORDS and (moderated is None or text.position < moderated)
        if text.erased_at is None and (not hidden or is_inside(caller, loop)):
            found.setdefault(text.position, {})[text.field] = text
    return found


async def timeline(
    session: AsyncSession, caller: Caller, loop: Loop, paging: PageQuery
) -> tuple[list[TimelineEntry], str | None]:
    """Return a page of what happened to a loop, the first first."""
    entries, cursor = await queries.page_of_entries(session, loop.id, paging)
    texts = await readable(session, caller, loop)
    return [entry_shown(entry, texts.get(entry.position, {})) for entry in entries], cursor


def entry_shown(entry: HistoryEntry, texts: dict[str, HistoryText]) -> TimelineEntry:
    """Return an entry as the timeline shows it."""
    said = json.loads(entry.body)
    state = said["facts"].pop("state")
    words = {field: texts[field].text if field in texts else None for field in said["texts"]}
    return TimelineEntry(
        position=entry.position, at=entry.at, step=entry.step, state=state, by=said["by"],
        facts=said["facts"], texts=words, hash=entry.hash,
    )  # fmt: skip


async def exported(session: AsyncSession, caller: Caller, loop: Loop) -> str:
    """Return a loop's history as JSON lines: each entry's exact text, its hash, its texts and their salts."""
    texts = await readable(session, caller, loop)
    lines = [
        exported_entry(entry, texts.get(entry.position, {}))
        for entry in await queries.entries_of(session, loop.id)
    ]
    return "".join(f"{line}\n" for line in lines)


def exported_entry(entry: HistoryEntry, texts: dict[str, HistoryText]) -> str:
    """Return one line of an export."""
    words = {
        field: {"salt": texts[field].salt, "text": texts[field].text} if field in texts else None
        for field in json.loads(entry.body)["texts"]
    }
    return json.dumps({"hash": entry.hash, "body": entry.body, "texts": words}, ensure_ascii=False)
