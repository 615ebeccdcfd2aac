"""Tables of what is kept of counts: marks, what each piece adds, the sums, and what is public of them."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from services.feedback.models import Base
from shared.columns import machine


class PieceToCount(Base):
    """A mark that a piece of feedback, or a loop that answers it, changed after it was counted."""

    __tablename__ = "piece_to_count"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    changed_id: Mapped[UUID]
    marked_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class PieceCounted(Base):
    """What one piece of feedback adds to the sums of its bodies, as they hold it."""

    __tablename__ = "piece_counted"

    feedback_id: Mapped[UUID] = mapped_column(primary_key=True)
    month: Mapped[date]
    bodies: Mapped[list[UUID]]
    cells: Mapped[list[str]] = mapped_column(info=machine())


class CountSum(Base):
    """How many pieces about a body, received in the month that begins then, something is true of."""

    __tablename__ = "count_sum"
    __table_args__ = (Index("ix_count_sum_month", "month"),)

    body_id: Mapped[UUID] = mapped_column(primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    cell: Mapped[str] = mapped_column(primary_key=True, info=machine())
    n: Mapped[int]


class ClosedMonth(Base):
    """A month whose counts are public, and by which rule they were rounded; they never change."""

    __tablename__ = "closed_month"

    month: Mapped[date] = mapped_column(primary_key=True)
    small: Mapped[int]
    step: Mapped[int]
    closed_at: Mapped[datetime]


class ClosedCount(Base):
    """A count as the public sees it: so many at least."""

    __tablename__ = "closed_count"

    body_id: Mapped[UUID] = mapped_column(primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    cell: Mapped[str] = mapped_column(primary_key=True, info=machine())
    n: Mapped[int]
