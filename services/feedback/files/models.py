"""Tables of files: what is left of each is sealed, and goes with its last day."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.feedback.files.sheets import Media
from services.feedback.models import Base
from shared.columns import coded


class SentFile(Base):
    """A file that was sent: who sent it, and what was found in it, sealed."""

    __tablename__ = "sent_file"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    # Null where the operator imports from the command line.
    client_id: Mapped[UUID | None] = mapped_column(index=True)
    organisation_id: Mapped[UUID | None] = mapped_column(index=True)
    # A keyed hash: the same file of the same sender is known again.
    digest: Mapped[bytes]
    media: Mapped[Media] = mapped_column(Text, info=coded())
    received_at: Mapped[datetime]
    delete_at: Mapped[datetime] = mapped_column(index=True)
    sealed: Mapped[bytes]


class SentSheet(Base):
    """How far the import of a sheet is."""

    __tablename__ = "sent_sheet"

    file_id: Mapped[UUID] = mapped_column(ForeignKey("sent_file.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    rows: Mapped[int]
    stored: Mapped[int]
    done_to_line: Mapped[int]
    # A digest of the columns that were asked for: with others the sheet is gone through again.
    asked: Mapped[bytes | None]


class SentPiece(Base):
    """Some rows of a sheet, sealed: those that did not become feedback yet."""

    __tablename__ = "sent_piece"

    file_id: Mapped[UUID] = mapped_column(ForeignKey("sent_file.id", ondelete="CASCADE"), primary_key=True)
    sheet: Mapped[int] = mapped_column(primary_key=True)
    last_line: Mapped[int] = mapped_column(primary_key=True)
    sealed: Mapped[bytes]
