"""Masking again what earlier rules masked: one loop at a time, and the comments of verdicts."""

import asyncio
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.history import queries
from services.loop.history.domain import LINKED, newest_texts, text_of
from shared.masking import RULES, mask

COMMENTS_TOGETHER = 100


async def mask_again(session: AsyncSession) -> int:
    """Mask the next texts that earlier rules masked; return how many there were."""
    return await mask_loop_again(session) or await mask_comments_again(session)


async def mask_loop_again(session: AsyncSession) -> int:
    """Mask the texts of the next loop again, and show them so; its history holds what was written."""
    loop_id = await queries.lock_loop_masked_before(session, RULES)
    if loop_id is None:
        return 0
    texts = await queries.texts_of(session, loop_id)
    shown = await asyncio.to_thread(masked_texts, [(text.field, text.text) for text in texts])
    for text, masked in zip(texts, shown, strict=True):
        text.shown, text.masked_with = masked, RULES
    entries = await queries.entries_of(session, loop_id)
    rows = await queries.rows_of(session, loop_id)
    for (table, row_id, column), text in newest_texts(entries, texts).items():
        if text.erased_at is None and text.field != LINKED:
            setattr(rows[table, row_id], column, text.shown_text)
    return len(texts)


def masked_texts(texts: Sequence[tuple[str, str | None]]) -> list[str | None]:
    """Texts of these fields as the present rules mask them; None where nothing is covered."""
    masked = [None if text is None else text_of(field, text).masked.text for field, text in texts]
    return [None if text == written else text for text, (_, written) in zip(masked, texts, strict=True)]


async def mask_comments_again(session: AsyncSession) -> int:
    """Mask the next comments of verdicts again."""
    verdicts = await queries.lock_comments_masked_before(session, RULES, COMMENTS_TOGETHER)
    comments = [verdict.comment or "" for verdict in verdicts]
    masked = await asyncio.to_thread(lambda: [mask(comment) for comment in comments])
    for verdict, comment in zip(verdicts, masked, strict=True):
        verdict.comment, verdict.masked_with = comment, RULES
    return len(verdicts)
