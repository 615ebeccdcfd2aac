"""Reading a loop's history: as a timeline, and as an export that anybody can check."""

import json
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.core.access import LOOP_SCOPES, is_inside
from services.loop.core.hiding import are_texts_hidden
from services.loop.history import queries
from services.loop.history.queries import FIRST_TEXTS
from services.loop.models import Loop
from services.loop.records import HistoryEntry, HistoryText
from services.loop.timeline.schemas import TimelineEntry
from shared.auth import Caller
from shared.disclosure import HELD, Count, figure_of, public_count
from shared.paging import PageQuery

# The facts that count people, or what they said: entries of earlier versions hold some exactly.
PEOPLE = ("told", "reachable", "people", "feedback", "left_out", "set_aside")
Texts = dict[int, dict[str, HistoryText]]


async def readable_texts(session: AsyncSession, caller: Caller, loop: Loop) -> Texts:
    """The texts that a caller may read, by position and field.

    The words of a loop are public from the last entry where a person has checked that they name nobody, and
    all others unless somebody took back what they said and nobody has looked since.
    """
    looked = ("opening", "moderation", "moderation_by_others", "resumption", "resumption_by_others")
    moderated = await queries.last_position(session, loop.id, looked) if loop.moderated_at else None
    others_hidden = are_texts_hidden(caller, loop)
    found: Texts = {}
    for text in await queries.texts_of(session, loop.id):
        if text.field in FIRST_TEXTS:
            is_hidden = not is_inside(caller, loop) and (moderated is None or text.position < moderated)
        else:
            is_hidden = others_hidden
        if text.erased_at is None and not is_hidden:
            found.setdefault(text.position, {})[text.field] = text
    return found


async def timeline_page(
    session: AsyncSession, caller: Caller, loop: Loop, paging: PageQuery
) -> tuple[list[TimelineEntry], str | None]:
    """A page of what happened to a loop, oldest first, and the cursor of the next page."""
    entries, cursor = await queries.page_of_entries(session, loop.id, paging)
    texts = await readable_texts(session, caller, loop)
    return [entry_view(entry, texts.get(entry.position, {})) for entry in entries], cursor


def entry_view(entry: HistoryEntry, texts: dict[str, HistoryText]) -> TimelineEntry:
    """An entry as the timeline shows it."""
    hashed = json.loads(entry.body)
    state, facts = hashed["facts"].pop("state"), hashed["facts"]
    # The values of the rows are for checking; the timeline says what happened.
    facts.pop("shown", None)
    if facts.get("taken_by") == "person":  # as entries of earlier versions say it
        facts["taken_by"] = "reply_code"
    facts |= {name: publish_count(count) for name, count in facts.items() if name in PEOPLE}
    facts |= dict.fromkeys(facts.keys() & {"told", "reachable"}, HELD)
    facts |= {name: figure_of(count) for name, count in facts.items() if name in PEOPLE}
    return TimelineEntry(
        position=entry.position,
        at=entry.at,
        step=entry.step,
        state=state,
        by=hashed["by"],
        facts=facts,
        texts={field: texts[field].shown_text if field in texts else None for field in hashed["texts"]},
        hash=entry.hash,
    )


def publish_count(count: Count) -> Count:
    """A count as the public may see it, whether the entry holds it exactly or not."""
    return public_count(count) if isinstance(count, int) else count


async def export_lines(session: AsyncSession, caller: Caller, loop: Loop) -> str:
    """A loop's history as JSON lines: each entry's exact text, its hash, its texts and their salts."""
    texts = await readable_texts(session, caller, loop)
    writer = caller.organisation_id if caller.scopes & LOOP_SCOPES else None
    lines = [
        export_line(entry, texts.get(entry.position, {}), writer)
        for entry in await queries.entries_of(session, loop.id)
    ]
    return "".join(f"{line}\n" for line in lines)


def export_line(entry: HistoryEntry, texts: dict[str, HistoryText], reader: UUID | None) -> str:
    """One line of an export; `reader` is the organisation that reads it."""
    hashed = json.loads(entry.body)
    own = reader is not None and hashed["by"]["organisation"] == str(reader)
    words = {
        field: exported_text(texts[field], own=own) if field in texts else None for field in hashed["texts"]
    }
    return json.dumps({"hash": entry.hash, "body": entry.body, "texts": words}, ensure_ascii=False)


def exported_text(text: HistoryText, *, own: bool) -> dict[str, str | None]:
    """A text with its salt; where it is masked, only its writer's organisation gets both as they are.

    With the salt, a digest would tell a few covered digits to anybody who tries them all.
    """
    if text.shown is None or own:
        return {"salt": text.salt, "text": text.text}
    return {"salt": None, "text": text.shown}
