"""What people wrote, and what is shown of it: masked once, when it is stored, and kept beside it."""

import asyncio
from collections.abc import Mapping
from typing import Any, TypedDict

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.items import queries
from services.feedback.models import Feedback, Revision
from shared.columns import masked_columns
from shared.masking import RULES, MaskedFields, cover_fields, cover_fields_apart

# The columns that hold words as people wrote them; the others that are masked are made from these.
WORDS = masked_columns(Feedback) - {"shown", "published_text"}
MASKED_TOGETHER = 100


class MaskColumns(TypedDict):
    """The columns that keep what is shown, what was covered in it, and by which version of the rules."""

    shown: dict[str, JsonValue]
    masked: list[dict[str, JsonValue]]
    masked_with: int


def mask_columns(covered: MaskedFields) -> MaskColumns:
    """The values of the columns that keep masks."""
    masked = [mask.model_dump(mode="json") for mask in covered.masks]
    return MaskColumns(shown=covered.shown, masked=masked, masked_with=RULES)


def written_words(values: Mapping[str, Any]) -> dict[str, JsonValue]:
    """The words among the values of a piece of feedback, or of its earlier content, as people wrote them."""
    return {name: value for name, value in values.items() if name in WORDS and value is not None}


async def masks_of_words(values: Mapping[str, Any]) -> MaskColumns:
    """The values of the columns that keep masks, for words that are about to be stored."""
    return mask_columns(await cover_fields_apart(written_words(values)))


def words_of_feedback(feedback: Feedback) -> dict[str, JsonValue]:
    """The words of a piece of feedback as they were written."""
    return written_words({name: getattr(feedback, name) for name in WORDS})


async def mask_feedback(feedback: Feedback) -> None:
    """Mask the words of a piece of feedback as they are now."""
    set_masks(feedback, await cover_fields_apart(words_of_feedback(feedback)))


def set_masks(feedback: Feedback, covered: MaskedFields) -> None:
    """Keep what is shown of a piece of feedback."""
    columns = mask_columns(covered)
    feedback.shown, feedback.masked = columns["shown"], columns["masked"]
    feedback.masked_with = columns["masked_with"]


async def mask_text(text: str) -> str:
    """A text masked."""
    return str((await cover_fields_apart({"text": text})).shown["text"])


async def mask_withheld_reason(feedback: Feedback, reason: str) -> None:
    """Mask the reason for withholding feedback beside its other words."""
    if feedback.shown is not None:
        masks = mask_columns(await cover_fields_apart({"withheld_reason": reason}))
        others = [mask for mask in feedback.masked if mask["field"] != "withheld_reason"]
        feedback.shown, feedback.masked = feedback.shown | masks["shown"], others + masks["masked"]


def shown_feedback(feedback: Feedback) -> dict[str, JsonValue]:
    """The words of a piece of feedback as they are shown; those of before masks were kept are masked now."""
    if feedback.shown is None:
        return cover_fields(words_of_feedback(feedback)).shown
    return {name: words for name, words in feedback.shown.items() if getattr(feedback, name) is not None}


def shown_revision(revision: Revision) -> dict[str, JsonValue]:
    """The earlier words as they are shown; those of before masks were kept are masked now."""
    if revision.shown is None:
        return cover_fields(written_words(revision.content)).shown
    return revision.shown


def published_words(shown: Mapping[str, Any]) -> str:
    """The masked text that is searched: the text and the answers."""
    words = [shown.get("text"), *(answer.get("text") for answer in shown.get("answers") or ())]
    return "\n".join(word for word in words if word)


async def mask_again(session: AsyncSession) -> int:
    """Mask the next rows that earlier rules masked, a few together; return how many there were."""
    return await mask_feedback_again(session) or await mask_revisions_again(session)


async def mask_feedback_again(session: AsyncSession) -> int:
    """Mask the next pieces of feedback again, and with them what is searched."""
    found = await queries.lock_feedback_masked_before(session, RULES, MASKED_TOGETHER)
    words = [words_of_feedback(feedback) for feedback in found]
    for feedback, covered in zip(found, await cover_each_apart(words), strict=True):
        set_masks(feedback, covered)
        if feedback.published_text is not None:
            feedback.published_text = published_words(covered.shown)
    return len(found)


async def mask_revisions_again(session: AsyncSession) -> int:
    """Mask the next earlier contents again."""
    found = await queries.lock_revisions_masked_before(session, RULES, MASKED_TOGETHER)
    words = [written_words(revision.content) for revision in found]
    for revision, covered in zip(found, await cover_each_apart(words), strict=True):
        revision.shown, revision.masked_with = covered.shown, RULES
    return len(found)


async def cover_each_apart(words: list[dict[str, JsonValue]]) -> list[MaskedFields]:
    """The words of several rows masked, in a thread."""
    return await asyncio.to_thread(lambda: [cover_fields(each) for each in words])
