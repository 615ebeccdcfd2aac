"""Cutting what tells of somebody out of all that people wrote in a loop, which still verifies."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.core.steps import problem_at
from services.loop.errors import OnlyCuts
from services.loop.history import queries
from services.loop.history.chain import By
from services.loop.history.domain import (
    AS_WRITTEN,
    Text,
    append_entry,
    erase_text,
    newest_texts,
    texts_by_column,
)
from services.loop.history.shown import Key
from services.loop.loops.wording import cut_passages, is_cut
from services.loop.models import Base, Loop
from services.loop.records import Commitment, HistoryEntry, HistoryText, OfLoop
from shared.errors import invalid
from shared.masking import Masked

NOT_FOUND = "No text of the loop that you can cut has this passage. Copy it exactly as it is shown."
# Addresses can be cut as well; rights depend on the names of teams.
UNCUT = AS_WRITTEN - {"evidence.url"}


@dataclass(frozen=True, slots=True)
class Cuts:
    """What passages are cut out of: the texts of the history that hold them, and the words of rows."""

    texts: Sequence[HistoryText]
    rows: Mapping[Key, Base]
    # By row, what its columns show with the cuts.
    shown: Mapping[Key, Mapping[str, str]]
    # How long each column was before anybody cut it.
    lengths: Mapping[tuple[str, UUID, str], int]


async def find_cuts(session: AsyncSession, loop: Loop, passages: Collection[str], *, inside: bool) -> Cuts:
    """What these passages are cut out of; Invalid for one that is in no text that the caller reads.

    Only who is `inside` reads the earlier titles and summaries. The step that cuts writes them anew.
    """
    if not passages:
        return Cuts((), {}, {}, {})
    entries = await queries.entries_of(session, loop.id)
    texts = await queries.texts_of(session, loop.id)
    rows = {**await queries.part_rows_of(session, loop.id), (loop.__tablename__, loop.id): loop}
    held = [text for text in texts if text.erased_at is None and text.field not in UNCUT]
    # Only what is shown to the caller is searched: nobody learns the rest by guessing.
    read = [text for text in held if inside or text.field not in queries.FIRST_TEXTS]
    known = [loop.title, loop.you_said, *(text.shown_text or "" for text in read)]
    for number, passage in enumerate(passages):
        if not any(passage in words for words in known):
            raise invalid(f"/cover/{number}", NOT_FOUND)
    told = [text for text in held if tells(text, passages)]
    shown: dict[Key, dict[str, str]] = {}
    for (table, row_id, column), text in newest_texts(entries, texts).items():
        if text in told and text.field not in queries.FIRST_TEXTS:
            words = cut_passages(text.shown_text or "", list(passages))
            shown.setdefault((table, row_id), {})[column] = words
    return Cuts(told, rows, shown, lengths_before_cuts(entries, texts))


def lengths_before_cuts(
    entries: Sequence[HistoryEntry], texts: Sequence[HistoryText]
) -> dict[tuple[str, UUID, str], int]:
    """How long the words of each column are as they were written, before passages were cut out of them."""
    cuts = {entry.position for entry in entries if entry.step == "cover"}
    return {
        column: text.length_when_cut or len(text.shown_text or "")
        for column, text in texts_by_column(entries, texts)
        if text.position not in cuts
    }


def tells(text: HistoryText, passages: Collection[str]) -> bool:
    """Whether a text holds one of these passages, as it was written or as it is shown."""
    words = [each for each in (text.text, text.shown_text) if each]
    return any(passage in each for passage in passages for each in words)


def refuse_deep_cuts(cuts: Cuts, organisation: UUID | None) -> None:
    """Refuse cuts that leave less than half of a text, except in what this organisation wrote itself.

    What was cut before counts as well.
    """
    for key, columns in cuts.shown.items():
        row = cuts.rows[key]
        is_own = isinstance(row, OfLoop) and getattr(row, "organisation_id", None) == organisation
        for column, words in columns.items():
            before, length = getattr(row, column), cuts.lengths.get((*key, column))
            if not is_own and words != before and not is_cut(before, words, length):
                raise problem_at("/cover", OnlyCuts, f"Less than half of {key[0]}.{column} is left.")


def cut_rows(session: AsyncSession, loop: Loop, by: By, cuts: Cuts) -> dict[str, object]:
    """Cut a locked loop's rows, each with its entry in the history, and erase the texts that were cut.

    The facts by which the history knows the erased ones again go into the entry of the step.
    """
    for text in cuts.texts:
        text.length_when_cut = len(text.shown_text or "")
        erase_text(text)
    for (table, row_id), columns in cuts.shown.items():
        row = cuts.rows[table, row_id]
        for column, words in columns.items():
            setattr(row, column, words)
        texts = {f"{table}.{column}": Text(words, Masked(words)) for column, words in columns.items()}
        facts = {} if row is loop else {table: row_id}
        commitment = row if isinstance(row, Commitment) else None
        append_entry(session, loop, "cover", by, facts, texts, commitment=commitment)
    return {"cut": [f"{text.position} {text.field}" for text in cuts.texts]} if cuts.texts else {}
