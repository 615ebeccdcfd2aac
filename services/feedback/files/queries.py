"""Statements about files, each limited to what the caller may see."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.files.models import SentFile, SentPiece, SentSheet
from shared.auth import Caller


def is_sender(caller: Caller) -> ColumnElement[bool]:
    """Whether a file is the caller's: its client sent it, or another of its organisation."""
    own = SentFile.client_id == caller.client_id
    if caller.organisation_id is None:
        return own
    return or_(own, SentFile.organisation_id == caller.organisation_id)


async def find_file(
    session: AsyncSession, file_id: UUID, caller: Caller, at: datetime, *, lock: bool = False
) -> SentFile | None:
    """A file of the caller's that is not at its end, locked if it is to be changed."""
    wanted = select(SentFile).where(SentFile.id == file_id, is_sender(caller), SentFile.delete_at > at)
    found: SentFile | None = await session.scalar(wanted.with_for_update() if lock else wanted)
    return found


async def find_same_file(session: AsyncSession, new: SentFile, at: datetime) -> SentFile | None:
    """The same file of the same sender, from before."""
    same = [SentFile.digest == new.digest, SentFile.client_id.is_not_distinct_from(new.client_id)]
    same += [SentFile.organisation_id.is_not_distinct_from(new.organisation_id), SentFile.delete_at > at]
    found: SentFile | None = await session.scalar(select(SentFile).where(*same).limit(1))
    return found


async def count_files(session: AsyncSession, new: SentFile) -> int:
    """How many files of the same client are kept. The next who asks waits for this transaction."""
    turn = func.pg_advisory_xact_lock(func.hashtextextended(f"files {new.client_id}", 0))
    await session.execute(select(turn))
    same = SentFile.client_id.is_not_distinct_from(new.client_id)
    return await session.scalar(select(func.count()).select_from(SentFile).where(same)) or 0


async def sheets_of_file(session: AsyncSession, file_id: UUID) -> Sequence[SentSheet]:
    """How far the import of each sheet is, in their order."""
    wanted = select(SentSheet).where(SentSheet.file_id == file_id).order_by(SentSheet.number)
    return (await session.scalars(wanted)).all()


async def next_piece(session: AsyncSession, file_id: UUID, sheet: int, after_line: int) -> SentPiece | None:
    """The next rows of a sheet that did not become feedback yet."""
    wanted = select(SentPiece).where(SentPiece.file_id == file_id, SentPiece.sheet == sheet)
    found: SentPiece | None = await session.scalar(
        wanted.where(SentPiece.last_line > after_line).order_by(SentPiece.last_line).limit(1)
    )
    return found


async def first_pieces(session: AsyncSession, file_id: UUID) -> Sequence[SentPiece]:
    """The first rows that are left of each sheet."""
    wanted = select(SentPiece).where(SentPiece.file_id == file_id)
    wanted = wanted.ext(distinct_on(SentPiece.sheet)).order_by(SentPiece.sheet, SentPiece.last_line)
    return (await session.scalars(wanted)).all()


async def delete_files(session: AsyncSession, at: datetime, limit: int) -> int:
    """Delete files that came to their end, with all that is left of them; return how many."""
    ended = select(SentFile.id).where(SentFile.delete_at <= at).limit(limit)
    gone = delete(SentFile).where(SentFile.id.in_(ended.with_for_update(skip_locked=True)))
    return len((await session.execute(gone.returning(SentFile.id))).all())
