"""Reading a loop's history."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, or_, select, union_all, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.models import Base, Loop, LoopFeedback, LoopLeft
from services.loop.records import (
    Commitment,
    CommitmentRevision,
    Decision,
    Evidence,
    EvidenceFile,
    GroupTelling,
    HistoryEntry,
    HistoryText,
    OfLoop,
    Verdict,
    Verification,
)
from shared.errors import NotFound
from shared.paging import PageQuery, keyset

# The texts of a loop that show nothing before somebody has moderated them.
FIRST_WORDS = ("loop.title", "loop.you_said")
FIRST_TEXTS = (*FIRST_WORDS, "loop.linked")
# The tables whose rows are shown, and held by the history as well.
PARTS: dict[str, type[OfLoop]] = {
    model.__tablename__: model
    for model in (Decision, Commitment, CommitmentRevision, Evidence, Verification, GroupTelling)
}
SHOWN: dict[str, type[Loop] | type[OfLoop]] = {Loop.__tablename__: Loop, **PARTS}


async def entries_of(session: AsyncSession, loop_id: UUID) -> Sequence[HistoryEntry]:
    """The entries of a loop's history, oldest first."""
    entries = select(HistoryEntry).where(HistoryEntry.loop_id == loop_id).order_by(HistoryEntry.position)
    return (await session.scalars(entries.execution_options(populate_existing=True))).all()


async def texts_of(session: AsyncSession, loop_id: UUID) -> Sequence[HistoryText]:
    """The texts of a loop's history."""
    texts = select(HistoryText).where(HistoryText.loop_id == loop_id)
    ordered = texts.order_by(HistoryText.position, HistoryText.field)
    return (await session.scalars(ordered.execution_options(populate_existing=True))).all()


async def first_texts(session: AsyncSession, loop_id: UUID) -> dict[str, HistoryText]:
    """The texts with which a loop was raised, by field; some may have been erased."""
    held = select(HistoryText).where(HistoryText.loop_id == loop_id, HistoryText.position == 1)
    found = await session.scalars(held.execution_options(populate_existing=True))
    return {text.field: text for text in found}


async def loop_as_stored(session: AsyncSession, loop_id: UUID) -> Loop:
    """The loop as the database holds it now; NotFound when there is none."""
    found = await session.get(Loop, loop_id, populate_existing=True)
    if found is None:
        raise NotFound
    return found


async def rows_of(session: AsyncSession, loop_id: UUID) -> dict[tuple[str, UUID], Base]:
    """All the rows of a loop that are shown, by table and id."""
    parts = await part_rows_of(session, loop_id)
    return {(Loop.__tablename__, loop_id): await loop_as_stored(session, loop_id), **parts}


async def part_rows_of(session: AsyncSession, loop_id: UUID) -> dict[tuple[str, UUID], Base]:
    """The same, but for the loop itself."""
    return {
        (table, row.id): row
        for table, model in PARTS.items()
        for row in await stored_rows(session, model, loop_id)
        if isinstance(row, Base)
    }


async def changed_files(session: AsyncSession, loop_id: UUID) -> Sequence[UUID]:
    """The evidence of a loop whose file is not there, or has another length or digest than it says."""
    other_length = Evidence.file_bytes.is_distinct_from(func.octet_length(EvidenceFile.content))
    other_digest = Evidence.sha256 != func.encode(func.sha256(EvidenceFile.content), "hex")
    files = select(Evidence.id).outerjoin(EvidenceFile, EvidenceFile.evidence_id == Evidence.id)
    changed = files.where(Evidence.loop_id == loop_id, or_(other_length, other_digest))
    return (await session.scalars(changed.order_by(Evidence.id))).all()


async def stored_rows(session: AsyncSession, model: type[OfLoop], loop_id: UUID) -> Sequence[OfLoop]:
    """The rows of one table that belong to a loop, as the database holds them now."""
    found = select(model).where(model.loop_id == loop_id).execution_options(populate_existing=True)
    return (await session.scalars(found)).all()


async def page_of_entries(
    session: AsyncSession, loop_id: UUID, paging: PageQuery
) -> tuple[list[HistoryEntry], str | None]:
    """A page of a loop's entries, oldest first, and the cursor of the next page."""
    entries = select(HistoryEntry).where(HistoryEntry.loop_id == loop_id)
    return await keyset(session, entries, paging, HistoryEntry.position)


async def last_position(session: AsyncSession, loop_id: UUID, steps: Sequence[str]) -> int | None:
    """The position of the last entry of these steps."""
    taken = select(func.max(HistoryEntry.position)).where(HistoryEntry.loop_id == loop_id)
    return await session.scalar(taken.where(HistoryEntry.step.in_(steps)))


async def has_other_texts(session: AsyncSession, loop_id: UUID) -> bool:
    """Whether anybody wrote something in a loop besides its title and its summary."""
    others = select(HistoryText.field).where(HistoryText.loop_id == loop_id, HistoryText.erased_at.is_(None))
    return await session.scalar(others.where(HistoryText.field.not_in(FIRST_TEXTS)).limit(1)) is not None


async def loops_with_words_of(session: AsyncSession, feedback_id: UUID) -> Sequence[UUID]:
    """The loops whose history holds words of one contributor, in the order of locking."""
    held = select(HistoryText.loop_id).where(HistoryText.feedback_id == feedback_id)
    present = held.where(HistoryText.erased_at.is_(None)).distinct().order_by(HistoryText.loop_id)
    return (await session.scalars(present)).all()


async def loops_to_be_told_of(session: AsyncSession, feedback_id: UUID) -> Sequence[UUID]:
    """The loops that answer a piece of feedback, or that it left, and do not know that it was taken back."""
    found = [
        select(model.loop_id).where(model.feedback_id == feedback_id, model.taken_back_at.is_(None))
        for model in (LoopFeedback, LoopLeft)
    ]
    return (await session.scalars(union_all(*found))).all()


async def blank_comments(session: AsyncSession, reply_ref: str) -> None:
    """Erase what one contributor wrote with their verdicts."""
    await session.execute(update(Verdict).where(Verdict.reply_ref == reply_ref).values(comment=None))


async def all_loop_ids(session: AsyncSession) -> Sequence[UUID]:
    """Every loop's id, oldest first."""
    return (await session.scalars(select(Loop.id).order_by(Loop.id))).all()


async def lock_loop_masked_before(session: AsyncSession, rules: int) -> UUID | None:
    """The id of the next loop with texts that earlier rules masked, locked."""
    earlier = select(HistoryText.loop_id).where(HistoryText.masked_with < rules)
    wanted = select(Loop.id).where(Loop.id.in_(earlier)).order_by(Loop.id).limit(1)
    return await session.scalar(wanted.with_for_update(of=Loop, skip_locked=True))


async def lock_comments_masked_before(session: AsyncSession, rules: int, limit: int) -> Sequence[Verdict]:
    """The next verdicts with comments that earlier rules masked, locked."""
    earlier = select(Verdict).where(Verdict.masked_with < rules, Verdict.comment.is_not(None))
    return (await session.scalars(earlier.order_by(Verdict.id).limit(limit).with_for_update())).all()
